//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// lock locks an open folder until it is closed, or its process ends, however. It
// fails with errBusy where another process holds a lock that excludes this one.
// Where the file system knows no locks, nothing is locked.
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

// flushFile has a file or folder outlast a failure of the power. Not every file
// system can flush a folder.
func flushFile(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}
