package sqlitestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// realPath returns the absolute path of a file, without symbolic links: SQLite names the
// files beside the database after that one.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if !errors.Is(err, fs.ErrNotExist) {
		return resolved, err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if errors.Is(err, fs.ErrNotExist) { // it is made
		folder, err = filepath.Dir(abs), nil
	}
	return filepath.Join(folder, filepath.Base(abs)), err
}

// makeFile makes the file and its folder where there are none, for their owner
// only: SQLite would make the file readable by everybody. A file that exists is not opened:
// to close it would end all locks that this process has on it.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a %s, not a file", path, kindOf(info.Mode()))
	case links(info) > 1:
		return fmt.Errorf("%s is a hard link, and the file has other names: with any two of them it would be corrupted; remove the others, or copy it", path)
	}
	return nil
}

func kindOf(mode fs.FileMode) string {
	if mode.IsDir() {
		return "directory"
	}
	return "device, socket or pipe"
}

// identities tell whether paths still lead to the files that they led to at first.
type identities map[string]os.FileInfo // by path; nil for a path where there has been no file yet

// check returns an error if a file was removed, or another one put in its place.
func (i identities) check() error {
	for path, first := range i {
		now, err := os.Stat(path)
		switch {
		case first == nil && err == nil:
			i[path] = now
		case first != nil && err != nil:
			return lostFile(path, "removed or renamed")
		case first != nil && !os.SameFile(first, now):
			return lostFile(path, "replaced")
		}
	}
	return nil
}

func lostFile(path, what string) error {
	return kit.Wrap(kit.Unavailable, fmt.Errorf("the file %s was %s while the service was using it, and what is"+
		" written now would be lost: put it back, and restart the service", path, what), "the store is unavailable")
}
