package kafkabus

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// registry is what the topic of the groups says. Its first record says whose the topics
// are. The others say since when a group receives a topic: the first one of a group and
// a topic counts, so that members that write at once agree. One without a value has the
// group not receive the topic any more.
type registry struct {
	topic  kadm.TopicID
	next   int64 // offset of the record that was not read yet
	made   made
	starts map[string]map[string]start // by group and topic
}

// keyMade is the key of the first record. That of the others is group/topic.
const keyMade = "service"

// made says whose the topics are.
type made struct {
	Service string    `json:"service"`
	Found   string    `json:"found,omitempty"` // the topic of the events that was there before this one
	Time    time.Time `json:"time"`
}

// start is where a group begins with a topic.
type start struct {
	Topic string             `json:"topic"` // the ID of the topic of the events
	Next  [partitions]uint64 `json:"next"`  // the offsets
}

// in returns after which position to begin in a topic. Another one was made since, and
// has only what is new to the group.
func (s start) in(topic kadm.TopicID, p int) uint64 {
	if s.Topic == topic.String() {
		return s.Next[p]
	}
	return 0
}

// readGroups returns what the topic of the groups says now.
func (b *server) readGroups(ctx context.Context) (registry, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	meta, err := b.admin.Metadata(ctx, b.config.known())
	if err != nil {
		return registry{}, err
	}
	about := meta.Topics[b.config.known()]
	if about.Err != nil {
		return registry{}, about.Err
	}
	ends, err := b.admin.ListEndOffsets(ctx, b.config.known())
	if err != nil {
		return registry{}, err
	}
	end, ok := ends.Lookup(b.config.known(), 0)
	if err := ends.Error(); err != nil || !ok {
		return registry{}, err
	}
	if about.ID != b.known.topic || end.Offset < b.known.next {
		b.known = registry{topic: about.ID}
		b.client.PurgeTopicsFromClient(b.config.known()) // the client clings to one that is gone
	}
	if end.Offset > b.known.next {
		err = b.readTo(ctx, end.Offset)
	}
	return b.known, err
}

// readTo reads on to an offset. What was returned before stays as it is.
func (b *server) readTo(ctx context.Context, end int64) error {
	next := registry{topic: b.known.topic, next: b.known.next, made: b.known.made, starts: map[string]map[string]start{}}
	for group, topics := range b.known.starts {
		next.starts[group] = maps.Clone(topics)
	}
	b.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{b.config.known(): {0: kgo.NewOffset().At(b.known.next)}})
	defer b.client.RemoveConsumePartitions(map[string][]int32{b.config.known(): {0}})
	for next.next < end {
		fetches := b.client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(next.add)
	}
	b.known = next
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
	if !ok {
		return
	}
	if len(record.Value) == 0 {
		delete(r.starts[group], topic)
		return
	}
	var s start
	if _, known := r.starts[group][topic]; known || json.Unmarshal(record.Value, &s) != nil {
		return
	}
	if r.starts[group] == nil {
		r.starts[group] = map[string]start{}
	}
	r.starts[group][topic] = s
}

// writeGroups adds a record to the topic of the groups, and returns what it says then.
func (b *server) writeGroups(ctx context.Context, key string, value any) (registry, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return registry{}, err
	}
	r := &kgo.Record{Topic: b.config.known(), Key: []byte(key), Value: text}
	if err := b.client.ProduceSync(ctx, r).FirstErr(); err != nil {
		return registry{}, err
	}
	return b.readGroups(ctx)
}

// enroll makes known that a group receives a topic from now on, unless it is known, and
// returns where it begins.
func (b *server) enroll(ctx context.Context, group, topic string) (start, error) {
	known, err := b.readGroups(ctx)
	if err != nil {
		return start{}, err
	}
	if from, ok := known.starts[group][topic]; ok && known.made.Service == b.service {
		return from, nil
	}
	s, err := b.makeTopics(ctx)
	if err != nil {
		return start{}, err
	}
	from := start{Topic: s.events.String()}
	if !s.forgot() {
		for p, next := range s.next {
			from.Next[p] = uint64(next)
		}
	}
	if known, err = b.writeGroups(ctx, group+"/"+topic, from); err != nil {
		return start{}, err
	}
	from, ok := known.starts[group][topic]
	if !ok {
		return start{}, fmt.Errorf("group %s is not known yet: %w", group, kerr.UnknownTopicOrPartition)
	}
	return from, nil
}
