package processlocks_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/processlocks"

	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

func TestStartUpFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	assert.NoError(t, os.WriteFile(file, nil, 0o600))
	faults := map[string]lockstest.Fault{}
	for name, path := range map[string]string{"a file": file, "below a file": filepath.Join(file, "a", "b")} {
		faults[name] = lockstest.Fault{Code: kit.Invalid, Says: file, Key: "path", Open: func() (locks.Driver, error) {
			return processlocks.New(processlocks.Config{Path: path})
		}}
	}
	lockstest.StartUp(t, processlocks.Config{}.KeyOf, faults)
}

// TestPingMakesNothing shows that a folder is made with the first lock, and that it is known
// before whether it can be.
func TestPingMakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "locks")
	l := open(t, path)
	assert.NoError(t, l.Ping(t.Context()))
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("Ping makes the folder")
	}
	_, err := l.Acquire(t.Context(), "a", "first", time.Minute)
	assert.NoError(t, err)
	assert.NoError(t, l.Ping(t.Context()))
	assert.NoError(t, open(t, path).Ping(t.Context()))
}

// TestAfterAPowerFailure shows that tokens rise although what was not flushed is lost or torn,
// and that what was held is not any more.
func TestAfterAPowerFailure(t *testing.T) {
	for name, state := range map[string]string{"lost": "", "torn": `{"Token":1`, "old": `{"Token":1,"Held":{"a":{"Owner":"first","Process":"gone","Lease":3600000000000}}}`} {
		path := t.TempDir()
		l := open(t, path)
		first, err := l.Acquire(t.Context(), "a", "first", time.Hour)
		assert.NoError(t, err)
		assert.NoError(t, l.Close())
		held := filepath.Join(path, "held.json")
		assert.NoError(t, os.Remove(held))
		if state != "" {
			assert.NoError(t, os.WriteFile(held, []byte(state), 0o600))
		}
		// The clock has been set back by much: the tokens of the folder are all there is.
		assert.NoError(t, os.WriteFile(filepath.Join(path, "token.json"), []byte("9000000000000000"), 0o600))
		second, err := open(t, path).Acquire(t.Context(), "a", "second", time.Hour)
		assert.NoError(t, err)
		if second <= max(first, 9_000_000_000_000_000) {
			t.Errorf("%s: the token %d comes after %d", name, second, first)
		}
	}
}
