package kafkabus

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// registry is what the topic of the groups says. Its first record says whose the topics
// are. The others say since when a group receives a topic: the first one of a group and
// a topic counts, so that members that write at once agree. One without a value has the
// group not receive the topic any more.
type registry struct {
	topic  kadm.TopicID
	next   int64 // offset of the record that was not read yet
	made   made
	starts map[string]brokerbus.Starts
}

// keyMade is the key of the first record. That of the others is group/topic.
const keyMade = "service"

// made says whose the topics are.
type made struct {
	Service string    `json:"service"`
	Found   string    `json:"found,omitempty"` // the topic of the events that was there before this one
	Time    time.Time `json:"time"`
}

// readGroups returns what the topic of the groups says now.
func (b *server) readGroups(ctx context.Context) (registry, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	name := b.config.known()
	meta, err := b.admin.Metadata(ctx, name)
	if err == nil {
		err = meta.Topics[name].Err
	}
	if err != nil {
		return registry{}, err
	}
	ends, err := b.admin.ListEndOffsets(ctx, name)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return registry{}, err
	}
	end, _ := ends.Lookup(name, 0)
	if id := meta.Topics[name].ID; id != b.known.topic || end.Offset != b.known.next {
		err = b.readTo(ctx, id, end.Offset)
	}
	return b.known, err
}

// readTo reads up to an offset of a topic. What was returned before stays as it is.
func (b *server) readTo(ctx context.Context, id kadm.TopicID, end int64) error {
	name := b.config.known()
	if id != b.known.topic {
		b.client.PurgeTopicsFromClient(name) // it clings to one that is gone
	}
	b.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{name: {0: kgo.NewOffset().AtStart()}})
	defer b.client.RemoveConsumePartitions(map[string][]int32{name: {0}})
	read := registry{topic: id, starts: map[string]brokerbus.Starts{}}
	for read.next < end {
		fetches := b.client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(read.add)
	}
	b.known = read
	return nil
}

// add notes what a record says, unless it is not one of a bus.
func (r *registry) add(record *kgo.Record) {
	r.next = record.Offset + 1
	key := string(record.Key)
	if key == keyMade {
		if r.made.Service == "" {
			_ = json.Unmarshal(record.Value, &r.made) // what is not of a bus is of nobody
		}
		return
	}
	group, topic, ok := strings.Cut(key, "/")
	if ok && len(record.Value) == 0 {
		if delete(r.starts[group], topic); len(r.starts[group]) == 0 {
			delete(r.starts, group)
		}
		return
	}
	var s brokerbus.Start
	if _, known := r.starts[group][topic]; !ok || known || json.Unmarshal(record.Value, &s) != nil {
		return
	}
	if r.starts[group] == nil {
		r.starts[group] = brokerbus.Starts{}
	}
	r.starts[group][topic] = s
}

// writeGroups adds a record to the topic of the groups.
func (b *server) writeGroups(ctx context.Context, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return b.client.ProduceSync(ctx, &kgo.Record{Topic: b.config.known(), Key: []byte(key), Value: text}).FirstErr()
}

// Starts returns where the groups begin: see brokerbus.Recorder.
func (b *server) Starts(ctx context.Context) (map[string]brokerbus.Starts, error) {
	known, err := b.readGroups(ctx)
	return known.starts, err
}

// Add records where a group begins with a topic, unless that is recorded.
func (b *server) Add(ctx context.Context, group, topic string, start brokerbus.Start) error {
	return b.writeGroups(ctx, group+"/"+topic, start)
}

// Ends returns where the events end: see brokerbus.Recorder.
func (b *server) Ends(ctx context.Context) (ends brokerbus.Start, err error) {
	s, err := b.makeTopics(ctx)
	if err != nil {
		return ends, err
	}
	for p, next := range s.next {
		ends[p].Log = s.events.String()
		if !s.forgot() {
			ends[p].Position = uint64(next)
		}
	}
	return ends, nil
}
