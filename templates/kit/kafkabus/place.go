package kafkabus

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// The position of a record is its offset and one, so that it can stand for the offset
// after which to read on: the first one has offset 0.

// place is how far a group has come in a partition. It is kept as the group's committed
// offset, which is where it has something left to handle, and the metadata of it.
type place struct {
	Topic kadm.TopicID // of another topic of the same name, nothing was read
	brokerbus.Place
}

// stored is a place as it is written.
type stored struct {
	Topic   string            `json:"topic"`
	Read    map[string]uint64 `json:"read"`
	Waiting string            `json:"waiting,omitempty"`
}

// offset returns the first one that may not be handled.
func (p place) offset() int64 {
	lowest := uint64(1<<63 - 1)
	for topic := range p.Read {
		lowest = min(lowest, p.Done(topic, 0))
	}
	if len(p.Read) == 0 {
		return 0
	}
	return int64(lowest)
}

// encode returns what is written, of at most so many bytes. If that is too little for
// the messages that wait, all after the first of them are handled again.
func (p place) encode(most int) string {
	text, _ := json.Marshal(stored{p.Topic.String(), p.Read, pack(p.Waiting)}) // text and numbers never fail
	if len(text) <= most || len(p.Waiting) == 0 {
		return string(text)
	}
	again := place{Topic: p.Topic, Place: brokerbus.Place{Read: map[string]uint64{}}}
	for topic := range p.Read {
		again.Read[topic] = p.Done(topic, 0)
	}
	return again.encode(most)
}

// decodePlace reads what encode returned. What was committed by hand, without it, is a
// place of which nothing is known.
func decodePlace(text string) (p place, err error) {
	var s stored
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return p, err
	}
	id, err := base64.StdEncoding.DecodeString(s.Topic)
	if err != nil || len(id) != len(p.Topic) {
		return p, errPlace
	}
	copy(p.Topic[:], id)
	p.Read = s.Read
	p.Waiting, err = unpack(s.Waiting)
	return p, err
}

// in returns the place in a topic. In another one than that of the place, nothing was read.
func (p place) in(topic kadm.TopicID) place {
	if p.Topic != topic || p.Read == nil {
		return place{topic, brokerbus.Place{Read: map[string]uint64{}}}
	}
	return p
}

// ahead reports whether messages were read that the partition does not have any more.
func (p place) ahead(end int64) bool {
	for _, read := range p.Read {
		if read > uint64(end) {
			return true
		}
	}
	return false
}

// pack writes increasing positions in little space: most are close to each other.
func pack(positions []uint64) string {
	var packed []byte
	last := uint64(0)
	for _, position := range positions {
		packed = binary.AppendUvarint(packed, position-last)
		last = position
	}
	return base64.RawStdEncoding.EncodeToString(packed)
}

func unpack(text string) (positions []uint64, err error) {
	packed, err := base64.RawStdEncoding.DecodeString(text)
	last := uint64(0)
	for len(packed) > 0 && err == nil {
		step, n := binary.Uvarint(packed)
		if n <= 0 {
			return nil, errPlace
		}
		last += step
		positions, packed = append(positions, last), packed[n:]
	}
	return positions, err
}

var errPlace = errors.New("it is not a place of a group")
