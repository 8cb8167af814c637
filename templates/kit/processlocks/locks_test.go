package processlocks_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/processlocks"
)

func open(t testing.TB, path string) *processlocks.Locks {
	t.Helper()
	l, err := processlocks.New(processlocks.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLocks(t *testing.T) {
	path := t.TempDir()
	lockstest.Run(t, func(t *testing.T) locks.Driver { return open(t, path) })
}

func TestHistory(t *testing.T) {
	lockstest.History(t, t.TempDir, func(t *testing.T, path string) locks.Driver { return open(t, path) })
}
