package migration_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/migration"
)

func TestVersion(t *testing.T) {
	east := time.FixedZone("east", 2*60*60)
	at := time.Date(2026, time.November, 26, 22, 43, 15, 999, east)
	if got, want := migration.Version(at, 7), 20261126204315007; got != want {
		t.Errorf("%d, want %d", got, want)
	}
	last := time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)
	if got := migration.Version(last, 999); got > lock.Latest {
		t.Errorf("%d is above %d", got, lock.Latest)
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ highest, now, want int }{
		{2, 20261126204315007, 20261126204315007},
		{20261126204315007, 20261126204315007, 20261126204315015},
		{20271126204315000, 20261126204315999, 20271126204316000},
	} {
		if got := migration.Next(c.highest, c.now); got != c.want {
			t.Errorf("after %d, at %d: %d, want %d", c.highest, c.now, got, c.want)
		}
	}
}
