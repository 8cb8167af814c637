package brokerbus

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Start is where a group begins with a topic, in each partition.
type Start [Partitions]struct {
	Log      string `json:"log"`
	Position uint64 `json:"position"`
}

// Starts are those of the topics that a group receives, in whichever version.
type Starts map[string]Start

// In returns after which position a group begins with each topic in a log. One that was
// made since has only what is new to the group, so it begins with the first message.
func (s Starts) In(log string, partition int) map[string]uint64 {
	all := map[string]uint64{}
	for topic, start := range s {
		all[topic] = 0
		if from := start[partition]; from.Log == log {
			all[topic] = from.Position
		}
	}
	return all
}

// Behind returns how many messages, up to the last position of a log, a group has not
// handled, where it is at a place: of the topics of this process, if it has the group.
func (s Starts) Behind(mine *Group, at Place, log string, partition int, last uint64) int {
	starts := s.In(log, partition)
	maps.DeleteFunc(starts, func(topic string, _ uint64) bool { return mine != nil && !mine.Knows(topic) })
	return at.In(log, last).Behind(last, starts)
}

// Recorder stores a Record on a broker.
type Recorder interface {
	// Starts returns all that is recorded, by group.
	Starts(ctx context.Context) (map[string]Starts, error)
	// Add records where a group begins with a topic, unless that is recorded.
	Add(ctx context.Context, group, topic string, s Start) error
	// Ends returns where the logs end. Positions are 0 in logs from before the record was
	// lost: what they have is for the groups that are not known any more.
	Ends(ctx context.Context) (Start, error)
}

// LongestAbsence is how long logs keep everything for groups whose record was lost, until
// they come back.
const LongestAbsence = 24 * time.Hour

// Record is which topics the groups receive from a broker that keeps logs, and since when.
type Record struct {
	Recorder

	mu   sync.Mutex
	mine map[*Group]Starts // of this process, as they were recorded
}

// Enroll records that a group receives its topics from now on, unless it does already,
// and returns where it begins with these and with those of other versions.
func (r *Record) Enroll(ctx context.Context, g *Group) (Starts, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.complete(ctx, map[*Group]Starts{g: nil})
	if err != nil {
		return nil, err
	}
	if r.mine == nil {
		r.mine = map[*Group]Starts{}
	}
	r.mine[g] = all[g.Name]
	return all[g.Name], nil
}

// Renew returns the record, after it has added the groups of this process that are not in
// it any more.
func (r *Record) Renew(ctx context.Context) (all map[string]Starts, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.mine, func(g *Group, _ Starts) bool { return g.Active.Err() != nil })
	return r.complete(ctx, r.mine)
}

// complete returns the record, after it has added the topics of groups that are not in it.
// Where it is not known when a group began with one, it does so now.
func (r *Record) complete(ctx context.Context, groups map[*Group]Starts) (all map[string]Starts, err error) {
	if all, err = r.Starts(ctx); err != nil {
		return nil, err
	}
	added := false
	for g, known := range groups {
		for topic := range g.topics {
			if _, ok := all[g.Name][topic]; ok {
				continue
			}
			start, ok := known[topic]
			if !ok {
				start, err = r.Ends(ctx)
			}
			if err == nil {
				err = r.Add(ctx, g.Name, topic, start)
			}
			if err != nil {
				return nil, err
			}
			added = true
		}
	}
	if added { // another process may have been faster
		return r.Starts(ctx)
	}
	return all, nil
}

// Handled returns, by topic, up to which position of a log all groups have handled all
// messages. place returns how far a group has come; last is the last position of the log,
// and must have been asked for after that: a place beyond it is of messages that were lost.
func Handled(all map[string]Starts, log string, partition int, last uint64, place func(group string) Place) map[string]uint64 {
	handled := map[string]uint64{}
	for group, starts := range all {
		at := place(group).In(log, last)
		for topic, start := range starts.In(log, partition) {
			done := at.Done(topic, start)
			if other, ok := handled[topic]; ok {
				done = min(done, other)
			}
			handled[topic] = done
		}
	}
	return handled
}
