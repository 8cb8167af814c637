//go:build unix

package httpserver

import (
	"math"
	"syscall"
)

// descriptorLimit returns how many connections the process can hold and still have
// descriptors for files and dependencies. The Go runtime has raised the soft limit to
// the hard one.
func descriptorLimit(wanted int) int {
	const others = 256
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return wanted // the limit is unknown
	}
	most := int(min(uint64(limit.Cur), math.MaxInt32)) //nolint:unconvert // it is signed on some systems
	return max(1, min(wanted, most-reserve-others))
}
