//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// lock locks an open folder until it is closed or the process ends. It fails with errBusy
// if another process holds a conflicting lock. It does nothing if the file system has no
// locks.
func lock(folder *os.File, shared bool) error {
	how := syscall.LOCK_EX | syscall.LOCK_NB
	if shared {
		how = syscall.LOCK_SH | syscall.LOCK_NB
	}
	err := syscall.Flock(int(folder.Fd()), how)
	for errors.Is(err, syscall.EINTR) {
		err = syscall.Flock(int(folder.Fd()), how)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errBusy
	}
	return nil
}

// flushFile makes a file or folder survive a power failure. Some file systems cannot
// flush a folder.
func flushFile(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}
