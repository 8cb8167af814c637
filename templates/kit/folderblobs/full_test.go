//go:build unix

package folderblobs_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/blobstest"
)

// limited is the variable of the process of TestFull.
const limited = "FILES_ARE_LIMITED"

// TestFull shows what becomes of a blob for which there is no room: files of the process may
// have a few bytes only.
func TestFull(t *testing.T) {
	if os.Getenv(limited) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFull$")
		cmd.Env = append(os.Environ(), limited+"=yes")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(bytes uint64) func() {
		return func() {
			var l syscall.Rlimit
			if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
				t.Fatal(err)
			}
			l.Cur = bytes
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
				t.Fatal(err)
			}
		}
	}
	at := t.TempDir()
	blobstest.Full(t, open(t, at), limit(1<<20), limit(1<<30))
	if left, err := os.ReadDir(filepath.Join(at, "tmp")); len(left) > 0 || err != nil {
		t.Errorf("there is %v, %v", left, err)
	}
}
