package natsbus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// sightings tell when the claims of other members have expired. A claim is a message in
// a stream in memory that its member writes again and again. It has expired once no new
// one was seen for Config.Lease.
type sightings struct {
	server *server
	mu     *sync.Mutex
	latest map[string]sighting // by member
}

// sighting is when this member saw first what another one had written.
type sighting struct {
	written, seen time.Time
}

func newSightings(b *server) sightings {
	return sightings{b, new(sync.Mutex), map[string]sighting{}}
}

// gone reports whether another member's claim has expired.
func (s sightings) gone(ctx context.Context, member string) bool {
	var written time.Time // zero if the server has forgotten it
	m, err := s.server.claims.GetLastMsgForSubject(ctx, s.server.subjects.alive(member))
	switch {
	case err == nil:
		written = m.Time
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	latest, known := s.latest[member]
	if !known || !latest.written.Equal(written) {
		s.latest[member] = sighting{written, time.Now()}
		return false
	}
	return time.Since(latest.seen) > s.server.config.Lease
}
