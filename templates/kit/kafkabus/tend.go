package kafkabus

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// tendInterval is how long it takes on average until the bus looks again at what the
// brokers have.
const tendInterval = 5 * time.Second

// tending looks after the topics until the bus is closed: now and then, and when
// something was amiss.
func (b *server) tending() {
	for {
		pause := brokerbus.Pause // what was amiss is looked after soon
		if b.spoiled() == nil {
			pause = tendInterval/2 + rand.N(tendInterval)
		}
		select {
		case <-b.alive.Done():
			return
		case <-b.changed:
		case <-time.After(pause):
		}
		err := b.tend(b.alive)
		if b.alive.Err() == nil {
			b.fault.Store(&err)
		}
	}
}

// look has the topics looked after soon.
func (b *server) look() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// tend has the topics be as they must, and removes what every group has handled.
func (b *server) tend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*b.config.ConnectTimeout)
	defer cancel()
	s, err := b.makeTopics(ctx)
	if err != nil {
		return b.config.explain(err)
	}
	b.use(s)
	if err := b.enrollAgain(ctx); err != nil {
		return b.config.explain(err)
	}
	_ = b.trim(ctx, s) // it can wait
	return nil
}

// enrollAgain makes the groups of this process known to brokers that forgot them.
func (b *server) enrollAgain(ctx context.Context) error {
	known, err := b.readGroups(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		for topic, from := range g.starts {
			if _, known := known.starts[g.Name][topic]; known || g.Active.Err() != nil {
				continue
			}
			if _, err := b.writeGroups(ctx, g.Name+"/"+topic, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// longestAbsence is how long messages are kept for groups that the brokers forgot, until
// they come back.
const longestAbsence = 24 * time.Hour

// trim removes from the events what every group has handled. Where they end in s was true
// before the groups were asked: what was published since, for groups that are known only
// now, is kept.
func (b *server) trim(ctx context.Context, s *state) error {
	if s.forgot() && time.Since(s.made.Time) < longestAbsence {
		return nil
	}
	known, err := b.readGroups(ctx)
	if err != nil {
		return err
	}
	done := s.next
	for group, topics := range known.starts {
		if len(topics) == 0 {
			continue
		}
		places, err := b.places(ctx, group, s.events)
		if err != nil {
			return err
		}
		for p := range done {
			for topic, from := range topics {
				done[p] = min(done[p], int64(places[p].Done(topic, from.in(s.events, p))))
			}
		}
	}
	var handled kadm.Offsets
	for p, offset := range done {
		if offset > s.first[p] {
			handled.Add(kadm.Offset{Topic: b.config.events(), Partition: int32(p), At: offset})
		}
	}
	removed, err := b.admin.DeleteRecords(ctx, handled)
	if err != nil {
		return err
	}
	return removed.Error()
}

// places returns where a group is in the partitions of a topic.
func (b *server) places(ctx context.Context, group string, topic kadm.TopicID) (all [partitions]place, err error) {
	committed, err := b.admin.FetchOffsetsForTopics(ctx, b.config.group(group), b.config.events())
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return all, err
	}
	for p := range all {
		at, _ := committed.Lookup(b.config.events(), int32(p))
		if at.Err != nil {
			return all, at.Err
		}
		if all[p], err = decodePlace(at.Metadata); err != nil { // there is none yet
			all[p] = place{}
		}
		all[p] = all[p].in(topic)
	}
	return all, nil
}
