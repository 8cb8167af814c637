package sqlitestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Missing returns what there is to know of a file that does not exist yet, or ""
// if it exists. The error says why Open could not create it.
func (c Config) Missing() (string, error) {
	if _, err := os.Stat(c.Path); !errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return c.Path + " does not exist yet; it is created when the service starts", writable(filepath.Dir(c.Path))
}

// writable returns why nothing can be created in a folder, or in the nearest one
// above it that exists.
func writable(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
		return writable(filepath.Dir(dir))
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file, not a folder", dir)
	}
	probe, err := os.CreateTemp(dir, ".check-*")
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the probe's name means nothing to the reader
	}
	if err != nil {
		return fmt.Errorf("cannot create a file in the folder %s: %w", dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
