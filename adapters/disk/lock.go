package disk

import (
	"errors"
	"io/fs"
	"os"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// errBusy is the error of a lock that somebody else holds.
var errBusy = errors.New("another outgrow command is at work here")

// Lock has no other process change the folder, nor read it, until Unlock, and
// finishes what one that was killed had begun: it returns how many files that
// changed. It refuses if another is at work (plan.Refusal). A folder that is not
// there is not locked.
func (f *Folder) Lock() (finished int, err error) {
	if err := f.lock(false); err != nil || f.held == nil {
		return 0, err
	}
	finished, err = f.resume()
	if err != nil {
		err = errors.Join(err, f.Unlock())
	}
	return finished, err
}

// Share has no other process change the folder until Unlock. It refuses if one
// does (plan.Refusal).
func (f *Folder) Share() error { return f.lock(true) }

// Unlock ends what Lock or Share began.
func (f *Folder) Unlock() error {
	if f.held == nil {
		return nil
	}
	held := f.held
	f.held = nil
	return held.Close()
}

func (f *Folder) lock(shared bool) error {
	folder, err := os.Open(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return plan.Refuse(err)
	}
	if err := lock(folder, shared); err != nil {
		return errors.Join(plan.Refuse(err), folder.Close())
	}
	f.held = folder
	return nil
}

// locked does something with the folder locked.
func (f *Folder) locked(do func() error) error {
	if f.held != nil {
		return do()
	}
	if _, err := f.Lock(); err != nil {
		return err
	}
	return errors.Join(do(), f.Unlock())
}
