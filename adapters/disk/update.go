package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Update writes the files and removes others: see ports.Folder.
func (f Folder) Update(files []plan.File, remove []string) (err error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	u := &update{root: root}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.undo())
		}
		err = errors.Join(err, root.Close())
	}()
	for _, file := range files {
		if err := u.stage(file); err != nil {
			return err
		}
	}
	for _, name := range remove {
		if err := u.remove(name); err != nil {
			return err
		}
	}
	return u.commit(files)
}

// update is a change of several files: all of them, or none. What may well fail,
// such as writing to a full disk, is done first, and beside the files.
type update struct {
	root   *os.Root
	folder []string   // made for it, outermost first
	staged []string   // written beside the files, to be renamed
	before []original // what was there, in the order in which it was replaced
}

// original is a file as it was.
type original struct {
	name  string
	there bool
	data  []byte
	mode  fs.FileMode
}

// stage writes a file beside its place.
func (u *update) stage(file plan.File) error {
	if err := u.refuseLinks(file.Path); err != nil {
		return err
	}
	if err := u.makeFolders(path.Dir(file.Path)); err != nil {
		return err
	}
	name := stageOf(file.Path)
	u.staged = append(u.staged, name)
	return u.root.WriteFile(name, file.Data, mode(file))
}

// commit renames what is staged into place.
func (u *update) commit(files []plan.File) error {
	for _, file := range files {
		name := filepath.FromSlash(file.Path)
		if err := u.remember(name); err != nil {
			return err
		}
		if err := u.root.Rename(stageOf(file.Path), name); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a file; it may be gone already.
func (u *update) remove(slashed string) error {
	if err := u.refuseLinks(slashed); err != nil {
		return err
	}
	name := filepath.FromSlash(slashed)
	if err := u.remember(name); err != nil || !u.before[len(u.before)-1].there {
		return err
	}
	return u.root.Remove(name)
}

// remember notes what is there, to be put back if something fails.
func (u *update) remember(name string) error {
	o := original{name: name}
	info, err := u.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		o.there, o.mode = true, info.Mode().Perm()
		if o.data, err = u.root.ReadFile(name); err != nil {
			return err
		}
	}
	u.before = append(u.before, o)
	return nil
}

// undo puts everything back. What cannot be, its error names.
func (u *update) undo() error {
	var errs []error
	for _, o := range u.before {
		if o.there {
			errs = append(errs, u.root.WriteFile(o.name, o.data, o.mode))
		} else if err := u.root.Remove(o.name); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	for _, name := range u.staged {
		if err := u.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	for i := len(u.folder) - 1; i >= 0; i-- {
		errs = append(errs, u.root.Remove(u.folder[i]))
	}
	return errors.Join(errs...)
}

// makeFolders makes a folder and those above it, as far as they are missing.
func (u *update) makeFolders(slashed string) error {
	for _, folder := range ancestors(slashed) {
		err := u.root.Mkdir(folder, 0o755)
		switch {
		case err == nil:
			u.folder = append(u.folder, folder)
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
	return nil
}

// refuseLinks refuses a path that is, or leads through, a symbolic link.
func (u *update) refuseLinks(slashed string) error {
	for _, name := range ancestors(slashed) {
		info, err := u.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return plan.Refuse(fmt.Errorf("%s is a symbolic link; what would be written there belongs to somebody else", name))
		}
	}
	return nil
}

// ancestors returns the folders that lead to a path, and it: a, a/b, a/b/c. The
// folder itself has none.
func ancestors(slashed string) []string {
	if slashed == "." {
		return nil
	}
	var all []string
	for i := range len(slashed) {
		if slashed[i] == '/' {
			all = append(all, slashed[:i])
		}
	}
	all = append(all, slashed)
	for i := range all {
		all[i] = filepath.FromSlash(all[i])
	}
	return all
}

// stageOf returns where a file is written before it gets its name.
func stageOf(slashed string) string {
	dir, name := path.Split(slashed)
	return filepath.FromSlash(dir + ".outgrow-" + strings.TrimPrefix(name, "."))
}
