//go:build unix

package folderblobs

import (
	"os"
	"syscall"
)

// lockWhole waits until no other process, and no other open file of this one, has the lock.
func lockWhole(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != syscall.EINTR {
			return err
		}
	}
}

func syncOpen(folder *os.File) error { return folder.Sync() }
