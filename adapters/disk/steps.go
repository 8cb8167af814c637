package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// steps are the single operations on a folder. The command may be killed after each.
type steps interface {
	Mkdir(name string) error
	// Write creates a file, which must not exist.
	Write(name string, data []byte, mode fs.FileMode) error
	// Flush makes files and folders survive a power failure.
	Flush(names ...string) error
	Chmod(name string, mode fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
}

// real performs the steps.
type real struct{ root *os.Root }

func (r real) Mkdir(name string) error      { return r.root.Mkdir(name, 0o755) }
func (r real) Rename(from, to string) error { return r.root.Rename(from, to) }
func (r real) Remove(name string) error     { return r.root.Remove(name) }

func (r real) Chmod(name string, mode fs.FileMode) error { return r.root.Chmod(name, mode) }

func (r real) Write(name string, data []byte, mode fs.FileMode) error {
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// atATime is how many files are flushed concurrently, which takes hardly longer than
// flushing one.
const atATime = 8

func (r real) Flush(names ...string) error {
	errs := make([]error, len(names))
	each := (len(names) + atATime - 1) / atATime
	var wg sync.WaitGroup
	for i := 0; i < len(names); i += each {
		end := min(i+each, len(names))
		wg.Go(func() {
			for n := i; n < end; n++ {
				errs[n] = r.flush(names[n])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (r real) flush(name string) error {
	f, err := r.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(flushFile(f), f.Close())
}

// makeFolders creates a folder and its parents if they do not exist.
func makeFolders(do steps, slashed string) error {
	for _, folder := range ancestors(slashed) {
		if err := do.Mkdir(folder); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// removeAll removes a folder and its contents, if it exists.
func removeAll(root *os.Root, do steps, name string) error {
	entries, err := fs.ReadDir(root.FS(), filepath.ToSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		within := filepath.Join(name, e.Name())
		if e.IsDir() {
			err = removeAll(root, do, within)
		} else {
			err = do.Remove(within)
		}
		if err != nil {
			return err
		}
	}
	return do.Remove(name)
}

// ancestors returns the parent folders of a path and the path itself: a, a/b, a/b/c. The
// path "." has none.
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

// foldersOf returns the parent folders of the paths, without duplicates, outermost first.
func foldersOf(slashed []string) []string {
	var all []string
	for _, name := range slashed {
		folders := ancestors(name)
		all = append(all, folders[:len(folders)-1]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
