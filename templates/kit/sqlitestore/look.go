package sqlitestore

import (
	"cmp"
	"context"
	"errors"
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
