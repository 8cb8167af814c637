package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Interrupted reports whether a process was killed while it was changing the folder, and
// the change has not been finished yet.
func (f *Folder) Interrupted() bool { return len(f.begun()) > 0 }

// Recovered is what became of the changes of processes that were killed.
type Recovered struct {
	Finished int      // files of the changes that were completed
	Undone   int      // files of the changes that were undone
	Changed  []string // files that somebody changed in the meantime, which are left as they are
}

// resume completes or undoes the changes of processes that were killed, and removes those
// that were only prepared.
func (f *Folder) resume() (r Recovered, err error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	stages, err := stagesIn(root)
	if err != nil {
		return r, err
	}
	for _, stage := range stages {
		if err := r.resume(root, f.steps(root), stage); err != nil {
			return r, err
		}
	}
	return r, nil
}

// stagesIn returns the names of the stages in a folder.
func stagesIn(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	var stages []string
	for _, e := range entries {
		if e.IsDir() && stageName.MatchString(e.Name()) {
			stages = append(stages, e.Name())
		}
	}
	return stages, err
}

// resume completes, undoes or removes the change in a stage, unless a process is using it.
func (r *Recovered) resume(root *os.Root, do steps, stage string) (err error) {
	held, err := holdStage(root, stage)
	if errors.Is(err, errBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	c, state, err := readStage(root, stage)
	if err != nil {
		return plan.Refuse(fmt.Errorf("%s seems to be left by a command that was interrupted, but cannot be trusted (%w); delete it", stage, err))
	}
	c.do = do
	if state == "" {
		return c.discard()
	}
	changed, err := c.changed()
	switch {
	case err != nil:
		return plan.Refuse(fmt.Errorf("a command was interrupted while it was writing to this folder: %w; then go on, or delete %s to keep everything as it is now", err, stage))
	case state == backward:
		r.Undone += len(c.Entries)
		return c.undo()
	case len(changed) > 0: // to complete it would undo that, or leave a half
		r.Undone += len(c.Entries) - len(changed)
		r.Changed = append(r.Changed, changed...)
		return c.takeBack()
	}
	r.Finished += len(c.Entries)
	if err := c.apply(); err != nil {
		return err
	}
	return c.finish(forward)
}

// readStage reads the change in a stage and its state, which is "" if nothing has happened
// or nothing is left to do.
func readStage(root *os.Root, stage string) (c *change, state string, err error) {
	c = &change{root: root, stage: stage}
	for _, state := range []string{forward, backward} {
		if name := filepath.Join(stage, state); c.has(name) {
			c.record, err = readRecord(root, name)
			return c, state, err
		}
	}
	return c, "", nil
}

// changed returns the paths of the files that are neither as they were before nor, if
// they have been written, as they were written: somebody edited, removed or restored them.
func (c *change) changed() ([]string, error) {
	var changed []string
	for i, e := range c.Entries {
		now, err := c.look(e.Path)
		if err != nil {
			return nil, err
		}
		if now.sum != e.After && (now.sum != e.Before || !c.isPending(i)) {
			changed = append(changed, e.Path)
		}
	}
	return changed, nil
}

// begun returns the changes that are neither finished nor undone, except those that
// cannot be trusted.
func (f *Folder) begun() []*change {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil // reading the folder reports the error
	}
	defer func() { _ = root.Close() }() // it was only read
	stages, err := stagesIn(root)
	if err != nil {
		return nil
	}
	var all []*change
	for _, stage := range stages {
		c, state, err := readStage(root, stage)
		if err != nil || state == "" {
			continue
		}
		if changed, err := c.changed(); err != nil || len(changed) > 0 {
			state = backward
		}
		c.left = c.leftOver(state)
		all = append(all, c)
	}
	return all
}

// leftover is what is left to do for a change.
type leftover struct {
	files  []plan.File
	remove []string
}

// leftOver returns what is left to do in the state.
func (c *change) leftOver(state string) leftover {
	var left leftover
	for i, e := range c.Entries {
		now, err := c.look(e.Path)
		from, to, kind := e.Before, e.After, "new"
		if state == backward {
			from, to, kind = e.After, e.Before, "old"
			if c.isPending(i) {
				continue // nothing is to be undone
			}
		}
		if to != "" && e.After == "" {
			kind = "gone"
		}
		data, readErr := c.root.ReadFile(staged(c.stage, i, kind))
		switch {
		case err != nil || now.sum != from: // it is done, or the file was edited
		case to == "":
			left.remove = append(left.remove, e.Path)
		case readErr == nil:
			left.files = append(left.files, plan.File{Path: e.Path, Data: data})
		}
	}
	return left
}

// asFinished returns the files as they will be once all changes are finished.
func (f *Folder) asFinished(files fs.FS) fs.FS {
	for _, c := range f.begun() {
		files = plan.Outcome(files, c.left.files, c.left.remove)
	}
	return files
}
