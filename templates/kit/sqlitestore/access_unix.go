//go:build unix

package sqlitestore

import "syscall"

// access returns why the process cannot make files in the folder.
func access(dir string) error {
	const writeAndSearch = 3
	return syscall.Access(dir, writeAndSearch)
}
