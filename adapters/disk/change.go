package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// change is an atomic change of several files, even if the process is killed.
//
// New files are first written to a separate folder, the stage, together with a copy of
// each file that they replace and a record of the change. Renaming the record commits the
// change: before that, nothing has happened; after it, the next process that finds the
// stage finishes the change or, if somebody has changed one of its files since, undoes it.
// Each file is then renamed into place. An entry whose file is no longer in the stage is
// done. Git ignores the stage, so that it is neither committed nor stashed.
type change struct {
	record

	root  *os.Root
	do    steps
	stage string
	held  *os.File // the stage, locked
	left  leftover
}

// there is the current state of a file.
type there struct {
	sum  string // "" if there is none
	data []byte
	mode fs.FileMode
}

// prepare stages the change of files that are as expected: see plan.Seen. If it fails, it
// removes the stage.
func (c *change) prepare(files []plan.File, remove []string, expected *plan.Seen) error {
	before, err := c.describe(files, remove, expected)
	if err != nil {
		return err
	}
	if err := c.newStage(); err != nil {
		return err
	}
	err = c.write(files, before)
	for i := 0; i < len(c.Entries) && err == nil; i++ {
		err = c.refuseChanged(i)
	}
	if err != nil {
		return errors.Join(err, c.discard())
	}
	return nil
}

// refuseChanged refuses to continue if a file was changed.
func (c *change) refuseChanged(i int) error {
	e := c.Entries[i]
	now, err := c.look(e.Path)
	if err == nil && now.sum != e.Before {
		err = plan.Refuse(fmt.Errorf("%s was changed in the meantime", e.Path))
	}
	return err
}

// describe records what is to be done, and returns the current state of the files.
func (c *change) describe(files []plan.File, remove []string, expected *plan.Seen) ([]there, error) {
	var before []there
	note := func(e entry) error {
		now, err := c.look(e.Path)
		if err == nil {
			err = expected.Refuse(e.Path, now.sum)
		}
		if e.Before = now.sum; err == nil && (e.Before != "" || e.After != "") {
			c.Entries, before = append(c.Entries, e), append(before, now)
		}
		return err
	}
	for _, f := range files {
		if err := note(entry{Path: f.Path, After: plan.Sum(f.Data)}); err != nil {
			return nil, err
		}
	}
	for _, name := range remove {
		written := slices.ContainsFunc(files, func(f plan.File) bool { return f.Path == name })
		if written {
			continue
		}
		if err := note(entry{Path: name}); err != nil {
			return nil, err
		}
	}
	for _, folder := range foldersOf(c.paths()) {
		if _, err := c.root.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
			c.Made = append(c.Made, filepath.ToSlash(folder))
		}
	}
	c.Format = format
	return before, c.validate()
}

// look returns the current state of a file. It refuses what is not a regular file, or is
// reached through a symbolic link.
func (c *change) look(slashed string) (there, error) {
	if !isOwn(slashed) {
		return there{}, fmt.Errorf("%q is not a path within a project", slashed)
	}
	all := ancestors(slashed)
	for i, name := range all {
		info, err := c.root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return there{}, nil
		case err != nil:
			return there{}, err
		case info.Mode()&fs.ModeSymlink != 0:
			return there{}, plan.Refuse(fmt.Errorf("%s is a symbolic link, through which nothing is written; replace it with a file or folder", name))
		case i < len(all)-1 && !info.IsDir():
			return there{}, plan.Refuse(fmt.Errorf("%s is not a folder; move it away", name))
		case i == len(all)-1 && !info.Mode().IsRegular():
			return there{}, plan.Refuse(fmt.Errorf("%s is not a file; move it away", name))
		case i == len(all)-1:
			data, err := c.root.ReadFile(name)
			return there{sum: plan.Sum(data), data: data, mode: info.Mode().Perm()}, err
		}
	}
	return there{}, nil
}

// newStage creates the stage and locks it, so that other processes leave it alone.
func (c *change) newStage() (err error) {
	for {
		c.stage = ".outgrow-" + rand.Text()
		if err := c.do.Mkdir(c.stage); err != nil {
			return plan.Refuse(fmt.Errorf("cannot write to this folder: %w", cause(err)))
		}
		c.held, err = holdStage(c.root, c.stage)
		if !errors.Is(err, errBusy) { // another process has just removed it
			return err
		}
	}
}

// release releases the lock of the stage.
func (c *change) release() error {
	if c.held == nil {
		return nil
	}
	return c.held.Close()
}

// holdStage locks a stage. The error is errBusy if another process has locked it, or it
// no longer exists.
func holdStage(root *os.Root, stage string) (*os.File, error) {
	f, err := root.Open(stage)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errBusy
	}
	if err != nil {
		return nil, err
	}
	err = lock(f, false)
	if err == nil {
		err = isStill(root, stage, f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// isStill fails with errBusy if an open folder no longer has the name.
func isStill(root *os.Root, name string, f *os.File) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := root.Lstat(name)
	if err != nil || !os.SameFile(opened, named) {
		return errBusy
	}
	return nil
}

// write writes everything to the stage.
func (c *change) write(files []plan.File, before []there) error {
	text, err := c.text()
	if err != nil {
		return err
	}
	names := []string{c.stage, "."}
	put := func(name string, data []byte, mode fs.FileMode) error {
		names = append(names, name)
		return c.do.Write(name, data, mode)
	}
	for i, f := range files {
		err := put(staged(c.stage, i, "new"), f.Data, mode(f))
		if was := before[i]; was.sum != "" {
			err = errors.Join(err,
				put(staged(c.stage, i, "old"), was.data, was.mode),
				c.do.Chmod(staged(c.stage, i, "old"), was.mode),
				c.do.Chmod(staged(c.stage, i, "new"), was.mode|mode(f)&0o111))
		}
		if err != nil {
			return cannotWrite(f.Path, err)
		}
	}
	err = put(filepath.Join(c.stage, ".gitignore"), []byte("*\n"), 0o644)
	if err := errors.Join(err, put(filepath.Join(c.stage, preparing), text, 0o644)); err != nil {
		return cannotWrite("the record of the change", err)
	}
	return c.do.Flush(names...)
}

// commit carries out the prepared change. If it fails, it undoes the change; if that
// fails as well, the next command continues.
func (c *change) commit() error {
	if err := c.turn(preparing, forward); err != nil {
		return errors.Join(err, c.discard())
	}
	err := c.do.Flush(c.stage)
	if err == nil {
		err = c.apply()
	}
	if err == nil {
		err = c.finish(forward)
	}
	if err == nil {
		return nil
	}
	if undoErr := c.takeBack(); undoErr != nil {
		return halfError{errors.Join(err, undoErr)}
	}
	return err
}

// halfError is the error of a change that was only partly made.
type halfError struct{ error }

func (e halfError) Unwrap() error { return e.error }

// apply moves every file that is still in the stage into place.
func (c *change) apply() error {
	for i := range c.Entries {
		if err := c.applyEntry(i); err != nil {
			return err
		}
	}
	return c.flushPlaces()
}

func (c *change) applyEntry(i int) error {
	e := c.Entries[i]
	if now, err := c.look(e.Path); !c.isPending(i) || err == nil && now.sum == e.After && e.After != e.Before {
		return nil // somebody else may have done it
	}
	name := filepath.FromSlash(e.Path)
	if e.After == "" {
		if err := c.refuseChanged(i); err != nil {
			return err
		}
		return cannotWrite(e.Path, c.do.Rename(name, staged(c.stage, i, "gone")))
	}
	if err := makeFolders(c.do, path.Dir(e.Path)); err != nil {
		return cannotWrite(e.Path, err)
	}
	if err := c.refuseChanged(i); err != nil {
		return err
	}
	return cannotWrite(e.Path, c.do.Rename(staged(c.stage, i, "new"), name))
}

// isPending reports whether the ith entry has not been carried out yet.
func (c *change) isPending(i int) bool {
	if c.Entries[i].After == "" {
		return !c.has(staged(c.stage, i, "gone"))
	}
	return c.has(staged(c.stage, i, "new"))
}

func (c *change) has(name string) bool {
	info, err := c.root.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

// takeBack undoes a committed change.
func (c *change) takeBack() error {
	if err := c.turn(forward, backward); err != nil {
		return err
	}
	if err := c.do.Flush(c.stage); err != nil {
		return err
	}
	return c.undo()
}

// undo puts back everything that is no longer in place.
func (c *change) undo() error {
	var errs []error
	for i := range slices.Backward(c.Entries) {
		errs = append(errs, c.undoEntry(i))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, folder := range slices.Backward(c.Made) {
		name := filepath.FromSlash(folder)
		if entries, err := fs.ReadDir(c.root.FS(), folder); err == nil && len(entries) == 0 {
			errs = append(errs, c.do.Remove(name))
		}
	}
	if err := errors.Join(append(errs, c.flushPlaces())...); err != nil {
		return err
	}
	return c.finish(backward)
}

func (c *change) undoEntry(i int) error {
	e, name := c.Entries[i], filepath.FromSlash(c.Entries[i].Path)
	if c.isPending(i) {
		return nil
	}
	if now, err := c.look(e.Path); err != nil || now.sum != e.After {
		return err // it was already put back, or edited by somebody else
	}
	switch old, gone := staged(c.stage, i, "old"), staged(c.stage, i, "gone"); {
	case e.After == "":
		return c.do.Rename(gone, name)
	case e.Before == "":
		return c.do.Rename(name, staged(c.stage, i, "new"))
	case c.has(old):
		return c.do.Rename(old, name)
	}
	return nil // it was already put back, and both versions are the same
}

// flushPlaces makes the renaming survive a power failure.
func (c *change) flushPlaces() error {
	folders := append(foldersOf(c.paths()), ".")
	return c.do.Flush(slices.DeleteFunc(folders, func(name string) bool {
		_, err := c.root.Lstat(name)
		return err != nil
	})...)
}

// finish marks the change as done or undone, and cleans up. If the cleanup fails, it is
// left to the next command.
func (c *change) finish(state string) error {
	if err := c.turn(state, finished); err != nil {
		return err
	}
	_ = c.discard() // the change is complete, and the next command cleans up
	return nil
}

// turn renames the record to its next state.
func (c *change) turn(from, to string) error {
	return c.do.Rename(filepath.Join(c.stage, from), filepath.Join(c.stage, to))
}

// discard removes the stage.
func (c *change) discard() error { return removeAll(c.root, c.do, c.stage) }

// cannotWrite adds to an error which file could not be written, which is more useful than
// which step failed.
func cannotWrite(slashed string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write %s: %w", slashed, cause(err))
}

// cause returns the underlying error of a failed step.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

func mode(file plan.File) fs.FileMode {
	if file.Executable {
		return 0o755
	}
	return 0o644
}
