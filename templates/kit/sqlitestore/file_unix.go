//go:build unix

package sqlitestore

import (
	"os"
	"syscall"
)

// access returns why the process may not use a file or folder so. It does not open it: to
// close it again would drop the locks that SQLite holds in this process.
func access(path string, mode uint32) error { return syscall.Access(path, mode) }

// links returns how many names the file has.
func links(info os.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Nlink)
	}
	return 1
}
