package brokerbus

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// sharing is this member's part of a group whose members share the partitions.
type sharing struct {
	*Members
	group  *Group
	handle func(ctx context.Context, p int)
	nudged chan struct{}  // signalled when its share may have changed
	work   sync.WaitGroup // partitions

	// with the lock of the members
	slots [Partitions]*slot // nil for a partition that it is not to have
}

// slot is a partition that this member is to have.
type slot struct {
	give  context.CancelFunc // gives it up
	holds bool               // whether its messages may be being handled
}

// Join makes this process a member of a group. run calls handle for each partition that
// this member is to have, again and again as long as that is so. Its context ends when
// the partition is to be given up.
func (m *Members) Join(ctx context.Context, g *Group, handle func(ctx context.Context, p int)) (run func(), err error) {
	s := &sharing{Members: m, group: g, handle: handle, nudged: make(chan struct{}, 1)}
	m.mu.Lock()
	m.groups[g.Name] = s
	m.mu.Unlock()
	if err := m.Say(ctx); err != nil { // the others must know before there is a message
		s.end()
		return nil, err
	}
	return s.run, nil
}

func (s *sharing) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[s.group.Name] == s {
		delete(s.groups, s.group.Name)
	}
	signal(s.soon)
}

// run has partitions handled until the group is to end, and gives back what it has.
func (s *sharing) run() {
	for s.group.Active.Err() == nil {
		if s.Claim.Holds() {
			s.balance()
		}
		select {
		case <-s.group.Active.Done():
		case <-s.nudged:
		case <-time.After(min(s.lease/8, Pause)):
		}
	}
	signal(s.soon)
	s.work.Wait()
	s.end()
}

// about returns what is told to others. It needs the lock.
func (s *sharing) about() (of membership) {
	if s.group.Active.Err() == nil {
		of.Topics = s.group.Topics()
	}
	for p, slot := range s.slots {
		if slot != nil && slot.holds {
			of.Holds = append(of.Holds, p)
		}
	}
	return of
}

// balance has partitions handled that are to be this member's, and gives up others.
func (s *sharing) balance() {
	turn := s.Now() / int64(s.lease)
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.share(turn)
	for p, slot := range s.slots {
		switch {
		case mine[p] && slot == nil:
			s.own(p)
		case !mine[p] && slot != nil:
			slot.give()
		}
	}
}

// share returns which partitions this member is to have. Where the members are of
// versions of the service that handle different topics, those that handle all of them
// have all partitions. If there are none, all members take turns. It needs the lock.
func (s *sharing) share(turn int64) (mine [Partitions]bool) {
	versions, all := map[string][]string{s.Self: s.group.Topics()}, map[string]bool{}
	for name, of := range s.known {
		if topics := of.Groups[s.group.Name].Topics; len(topics) > 0 && s.present(of) && name != s.Self {
			versions[name] = topics
		}
	}
	for _, topics := range versions {
		for _, topic := range topics {
			all[topic] = true
		}
	}
	names := slices.Sorted(maps.Keys(versions))
	complete := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return len(versions[name]) < len(all) })
	if len(complete) > 0 {
		names, turn = complete, 0
	}
	for p := range mine {
		mine[p] = names[(int64(p)+turn)%int64(len(names))] == s.Self
	}
	return mine
}

// own has a partition handled. It needs the lock.
func (s *sharing) own(p int) {
	ctx, give := context.WithCancel(s.group.Active)
	one := &slot{give: give}
	s.slots[p] = one
	s.work.Go(func() {
		s.handle(ctx, p)
		give()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.slots[p] = nil
		if one.holds {
			signal(s.soon)
		}
	})
}

// Hold tells the others that messages of a partition may be handled from now on, until
// what Join was given to handle it returns.
func (m *Members) Hold(ctx context.Context, group string, p int) error {
	m.mu.Lock()
	m.groups[group].slots[p].holds = true
	m.mu.Unlock()
	return m.Say(ctx)
}

// Await waits until no other member can be handling messages of a partition that this
// member holds. Messages that were delivered before may have been to a member of which
// this one has not heard yet.
func (m *Members) Await(ctx context.Context, group string, p int, before bool) error {
	for m.held(group, p) || before && m.isNew() {
		select {
		case <-time.After(Pause / 20):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
