//go:build unix

package sqlitestore

import (
	"os"
	"syscall"
)

// links returns how many names the file has.
func links(info os.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Nlink)
	}
	return 1
}
