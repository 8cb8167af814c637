package sqlitestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outgrowkit/outgrow/templates/kit"
)

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
