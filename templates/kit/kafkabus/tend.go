package kafkabus

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// tend has the topics be as they must, and removes what every group has handled.
func (b *server) tend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*b.config.ConnectTimeout)
	defer cancel()
	s, err := b.makeTopics(ctx)
	if err != nil {
		return b.config.explain(err)
	}
	b.use(s.events)
	groups, err := b.record.Renew(ctx)
	if err != nil {
		return b.config.explain(err)
	}
	_ = b.trim(ctx, s, groups) // it can wait
	return nil
}

// trim removes from the events what every group has handled. Where they end in s was true
// before the groups were asked: what was published since, for groups that are known only
// now, is kept.
func (b *server) trim(ctx context.Context, s *state, groups map[string]brokerbus.Starts) (err error) {
	if s.forgot() && time.Since(s.made.Time) < brokerbus.LongestAbsence {
		return nil
	}
	places, now := map[string][partitions]brokerbus.Place{}, *s
	for group := range groups {
		if places[group], err = b.places(ctx, group); err != nil {
			return err
		}
	}
	if err := b.offsets(ctx, &now); err != nil {
		return err
	}
	var handled kadm.Offsets
	for p, done := range s.next {
		topics := brokerbus.Handled(groups, s.events.String(), p, uint64(now.next[p]), func(group string) brokerbus.Place { return places[group][p] })
		for _, position := range topics {
			done = min(done, int64(position))
		}
		if done > s.first[p] {
			handled.Add(kadm.Offset{Topic: b.config.events(), Partition: int32(p), At: done})
		}
	}
	removed, err := b.admin.DeleteRecords(ctx, handled)
	if err != nil {
		return err
	}
	return removed.Error()
}
