package disk

import (
	"errors"
	"io/fs"
	"os"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// errBusy is the error if another process holds a lock.
var errBusy = errors.New("another outgrow command is running in this folder; try again when it has finished")

// Lock keeps other processes from changing or reading the folder until Unlock. It first
// finishes or undoes the changes of processes that were killed. It refuses if another process is using the folder (plan.Refusal). A folder
// that does not exist is not locked.
func (f *Folder) Lock() (r Recovered, err error) {
	if err := f.lock(false); err != nil || f.held == nil {
		return r, err
	}
	r, err = f.resume()
	if err != nil {
		err = errors.Join(err, f.Unlock())
	}
	return r, err
}

// Share keeps other processes from changing the folder until Unlock. It refuses if one is
// changing it (plan.Refusal).
func (f *Folder) Share() error { return f.lock(true) }

// Unlock releases the lock of Lock or Share.
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

// locked calls do with the folder locked.
func (f *Folder) locked(do func() error) error {
	if f.held != nil {
		return do()
	}
	if _, err := f.Lock(); err != nil {
		return err
	}
	return errors.Join(do(), f.Unlock())
}
