package sqlitestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Look opens the database as OpenBeside does, but to read only. It returns why Open
// could not write to the file, and changes nothing.
func Look(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema) (*DB, error) {
	path, err := realPath(c.Path)
	if err != nil {
		return nil, cannotOpen(c.Path, err)
	}
	if err := cmp.Or(lost(path), c.missing()); err != nil {
		return nil, err
	}
	if err := c.writable(); err != nil {
		return nil, err
	}
	return openDB(ctx, c, codec, schema, looking)
}

// lookOptions are those to read a file. A reader makes an index of the log beside it. If
// there is no log, no process has the file open, and none is needed.
func lookOptions(path string) string {
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		return readOptions + "&immutable=true"
	}
	return readOptions
}

// writable returns why the file, or what is beside it, cannot be written to.
func (c Config) writable() error {
	const readAndWrite = 6
	if err := access(c.Path, readAndWrite); err != nil {
		return cannotOpen(c.Path, err)
	}
	return writable(filepath.Dir(c.Path))
}

// lost returns an error if there is nothing where a database has been.
func lost(path string) error {
	if sizeOf(path) > 0 || sizeOf(path+"-wal") == 0 && sizeOf(noteOf(path)) == 0 {
		return nil
	}
	return damaged(path, errors.New("it is gone or empty, and what belongs to it is not"))
}

// sizeOf returns the size of a file; 0 if there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// missing returns NotFound if there is no file, or why Open could not create it.
func (c Config) missing() error {
	if _, err := os.Stat(c.Path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := writable(filepath.Dir(c.Path)); err != nil {
		return err
	}
	return kit.Errorf(kit.NotFound, "%s does not exist yet; it is created when the service starts", c.Path)
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
	const writeAndSearch = 3
	if err := access(dir, writeAndSearch); err != nil {
		return fmt.Errorf("cannot create a file in the folder %s: %w", dir, err)
	}
	return nil
}
