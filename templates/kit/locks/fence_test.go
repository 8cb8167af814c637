package locks_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// database is a store that can have a fence.
type database interface {
	kit.Transactor
	locks.Preparer
	Migrate(ctx context.Context) error
	Close() error
}

func TestFenceInSQLite(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "a.db")}, storetest.Codec{}, kit.Schema{})
	fence(t, db, err)
}

func TestFenceInPostgres(t *testing.T) {
	db, err := postgresstore.Open(t.Context(), postgresstore.Config{DSN: kit.NewSecret(testserver.Postgres(t))}, storetest.Codec{}, kit.Schema{})
	fence(t, db, err)
}

// fence shows that who has a lower token than somebody before changes nothing, and that
// holders who pass at the same time take turns.
func fence(t *testing.T, db database, err error) {
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := locks.NewFence(t.Context(), db); err == nil {
		t.Error("there is a fence without a table")
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := locks.NewFence(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	pass := func(name string, token int64, then func() error) kit.Code {
		return kit.CodeOf(db.Within(t.Context(), func(ctx context.Context) error {
			return errors.Join(f.Pass(ctx, name, token), then())
		}))
	}
	nothing := func() error { return nil }
	undone := kit.Errorf(kit.Invalid, "undone")
	for i, step := range []struct {
		name  string
		token int64
		then  error
		want  kit.Code
	}{
		{"a", 5, nil, ""}, {"a", 5, nil, ""}, {"a", 4, nil, kit.Conflict}, {"b", 1, nil, ""},
		{"a", 1 << 53, undone, kit.Invalid}, {"a", 6, nil, ""}, {"a", 5, nil, kit.Conflict},
	} {
		if got := pass(step.name, step.token, func() error { return step.then }); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	if f.Pass(t.Context(), "a", 7) == nil {
		t.Error("it is passed without a transaction")
	}
	first, second := make(chan kit.Code, 1), make(chan kit.Code, 1)
	inside, leave := make(chan struct{}), make(chan struct{})
	go func() {
		first <- pass("a", 7, func() error {
			close(inside)
			<-leave
			if len(second) > 0 {
				return errors.New("another one passes before the end of the transaction")
			}
			return nil
		})
	}()
	<-inside
	go func() { second <- pass("a", 8, nothing) }()
	close(leave)
	if code := <-first; code != "" {
		t.Errorf("the first one: %q", code)
	}
	if code := <-second; code != "" {
		t.Errorf("the second one: %q", code)
	}
	if code := pass("a", 7, nothing); code != kit.Conflict {
		t.Errorf("the first one again: %q", code)
	}
}
