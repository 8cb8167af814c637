package sqlitestore

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestPingTriesAChange: a file that can be read and not be changed is not ready.
func TestPingTriesAChange(t *testing.T) {
	db := openTest(t)
	other, err := open(db.String(), writeOptions, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }() // it was only locked
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	exec := func(text string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	exec("PRAGMA user_version = 7")
	log := func() time.Time {
		t.Helper()
		i, err := os.Stat(db.String() + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return i.ModTime()
	}
	if err := os.Chtimes(db.String()+"-wal", time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log().Equal(time.Unix(1, 0)) {
		t.Error("nothing was written to the log")
	}
	var version int
	if err := conn.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil || version != 7 {
		t.Errorf("the version is %d, %v", version, err)
	}
	exec("BEGIN IMMEDIATE")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := db.Ping(ctx); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("while it is locked: %v", err)
	}
	exec("ROLLBACK")
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
