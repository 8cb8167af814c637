package postgresstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/delivering"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestSlowSubscribersLeaveConnections shows that the transactions of subscribers have a
// part of the connections, that a request has one at once, and that a subscriber which
// waits for its part is not refused before its context ends, and gets it.
func TestSlowSubscribersLeaveConnections(t *testing.T) {
	db := openWith(t, Config{
		DSN: kit.NewSecret(testserver.Postgres(t)), Connections: 3, StatementTimeout: 3 * time.Second,
	}, textCodec{})
	s := newScratch(t, db)
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	deliver := func(ctx context.Context, n int) {
		ended <- db.Within(delivering.With(ctx), func(ctx context.Context) error {
			if _, err := s.insert.Exec(ctx, n); err != nil {
				return err
			}
			held <- struct{}{}
			<-release
			if n == 1 {
				return errors.New("refused")
			}
			return nil
		})
	}
	go deliver(t.Context(), 1)
	go deliver(t.Context(), 2)
	<-held
	<-held
	impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	go deliver(impatient, 3)
	wantCode(t, <-ended, kit.CodeOf(withCode(context.DeadlineExceeded)))
	go deliver(t.Context(), 4)
	for n := range 20 {
		if err := s.put(t.Context(), 100+n); err != nil {
			t.Errorf("a request beside slow subscribers: %v", err)
		}
	}
	close(release)
	<-held
	failed := 0
	for range 3 {
		if <-ended != nil {
			failed++
		}
	}
	if n := s.size(t); n != 22 || failed != 1 || len(db.shares) != 0 {
		t.Errorf("%d rows, want 22; %d failed, want 1; %d are still counted, want none", n, failed, len(db.shares))
	}
}
