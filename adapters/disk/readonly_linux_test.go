package disk

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// nobody is a user who owns none of the files of the tests.
const nobody = 65534

// asNobody calls do as a user who is not allowed to write to the test's files, whoever
// runs the test.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	runtime.LockOSThread() // the user is set per thread
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setfsuid(0) }() // the thread is not used again
	do()
}

// TestReadOnly shows that a read-only folder is reported in one line and stays the same.
func TestReadOnly(t *testing.T) {
	base := t.TempDir()
	if err := os.Chmod(filepath.Dir(base), 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "shop")
	put(t, filepath.Join(dir, "sub", "a.go"), "old")
	put(t, filepath.Join(dir, "b.go"), "old")
	for _, name := range []string{"b.go", "sub/a.go"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files := []plan.File{{Path: "b.go", Data: []byte("new")}, {Path: "sub/a.go", Data: []byte("new")}, {Path: "sub/new/c.go", Data: []byte("new")}}
	before := tree(t, base)
	for name, c := range map[string]struct {
		locked string // the read-only folder
		do     func() error
		want   string
	}{
		"the folder":     {dir, func() error { return Open(dir).Update(files, nil) }, "cannot write to this folder: permission denied; nothing was written"},
		"a folder in it": {filepath.Join(dir, "sub"), func() error { return Open(dir).Update(files, []string{"b.go"}) }, "cannot write sub/a.go: permission denied; nothing was written"},
		"the one above":  {base, func() error { return Open(filepath.Join(base, "x", "new")).Create(project) }, "cannot write to this folder: permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, folder := range []string{base, dir, filepath.Join(dir, "sub")} {
				mode := os.FileMode(0o777)
				if folder == c.locked {
					mode = 0o555
				}
				if err := os.Chmod(folder, mode); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			asNobody(t, func() { err = c.do() })
			if err == nil || err.Error() != c.want || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
			var refusal plan.Refusal
			if c.locked != filepath.Join(dir, "sub") && !errors.As(err, &refusal) {
				t.Errorf("%v is not a refusal", err)
			}
			if after := tree(t, base); !maps.Equal(before, after) {
				t.Errorf("%v, before %v", paths(after), paths(before))
			}
		})
	}
}
