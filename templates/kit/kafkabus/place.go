package kafkabus

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// The position of a record is its offset and one, so that it can stand for the offset
// after which to read on: the first one has offset 0. The place of a group is kept as its
// committed offset, which is where it has something left to handle, and the metadata of it.

// offsetOf returns the first one that may not be handled.
func offsetOf(p brokerbus.Place) int64 {
	if len(p.Read) == 0 {
		return 0
	}
	lowest := uint64(1<<63 - 1)
	for topic := range p.Read {
		lowest = min(lowest, p.Done(topic, 0))
	}
	return int64(lowest)
}

// encodePlace returns what is written, of at most so many bytes. If that is too little for
// the messages that wait, all after the first of them are handled again. Of their
// positions, which are close to each other, it has the distances.
func encodePlace(p brokerbus.Place, most int) string {
	packed, last := brokerbus.Place{Log: p.Log, Read: p.Read}, uint64(0)
	for _, position := range p.Waiting {
		packed.Waiting = append(packed.Waiting, position-last)
		last = position
	}
	text, _ := json.Marshal(packed) // text and numbers never fail
	if len(text) <= most || len(p.Waiting) == 0 {
		return string(text)
	}
	again := brokerbus.Place{Log: p.Log, Read: map[string]uint64{}}
	for topic := range p.Read {
		again.Read[topic] = p.Done(topic, 0)
	}
	return encodePlace(again, most)
}

// decodePlace reads what encodePlace returned. What was committed by hand, without it, is a
// place of which nothing is known.
func decodePlace(text string) (p brokerbus.Place) {
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return brokerbus.Place{}
	}
	last := uint64(0)
	for i, distance := range p.Waiting {
		last += distance
		p.Waiting[i] = last
	}
	return p
}

// places returns where a group is in the partitions of the events.
func (b *server) places(ctx context.Context, group string) (all [partitions]brokerbus.Place, err error) {
	committed, err := b.admin.FetchOffsetsForTopics(ctx, b.config.group(group), b.config.events())
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return all, err
	}
	for p := range all {
		at, _ := committed.Lookup(b.config.events(), int32(p))
		if at.Err != nil {
			return all, at.Err
		}
		all[p] = decodePlace(at.Metadata)
	}
	return all, nil
}

// Waiting returns the lag of each group, but for what it has handled behind messages that
// wait: for a group of this process, of the topics that it handles.
func (b *server) Waiting(ctx context.Context, mine map[string]*brokerbus.Group) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	all, err := b.Starts(ctx)
	if err != nil {
		return nil, err
	}
	var now state
	if err := b.offsets(ctx, &now); err != nil {
		return nil, err
	}
	waiting := map[string]int{}
	for group, starts := range all {
		places, err := b.places(ctx, group)
		if err != nil {
			return nil, err
		}
		for p, at := range places {
			waiting[group] += starts.Behind(mine[group], at, b.topic.Load().id.String(), p, uint64(now.next[p]))
		}
	}
	return waiting, nil
}
