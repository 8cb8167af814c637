package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

// sqliteModule is the store in an SQLite file.
func sqliteModule(c sqlitestore.Config, migrate bool) fx.Option {
	return storeOpener[*sqlitestore.DB]{
		name: "store (sqlite)", key: "store.sqlite.path", migrate: migrate,
		serve: func(ctx context.Context, codec kit.EventCodec) (*sqlitestore.DB, error) {
			return sqlitestore.Open(ctx, c, codec)
		},
		beside: func(ctx context.Context, codec kit.EventCodec) (*sqlitestore.DB, error) {
			if _, err := os.Stat(c.Path); err != nil {
				return nil, fmt.Errorf("%s cannot be found: %w", c.Path, reasonOf(err))
			}
			return sqlitestore.OpenBeside(ctx, c, codec)
		},
		absent: func() (string, error) {
			if _, err := os.Stat(c.Path); !errors.Is(err, fs.ErrNotExist) {
				return "", nil
			}
			return c.Path + " is not there yet and will be made", writableFolder(filepath.Dir(c.Path))
		},
	}.module()
}

// writableFolder returns why nothing can be made in a folder, or in the nearest
// one above that exists.
func writableFolder(dir string) error {
	for {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			continue
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is a file and not a folder", dir)
		}
		probe, err := os.CreateTemp(dir, ".check-*")
		if err != nil {
			return fmt.Errorf("nothing can be made in the folder %s: %w", dir, reasonOf(err))
		}
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
}

// reasonOf leaves out the path that an error of a file begins with.
func reasonOf(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
