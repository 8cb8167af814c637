//go:build unix

package httpserver

import (
	"math"
	"syscall"
)

// descriptorLimit returns how many connections the process may hold and have
// some descriptors left for files and dependencies. Go raises the soft limit to
// the hard one by itself.
func descriptorLimit(wanted int) int {
	const others = 256
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return wanted // without the limit there is nothing to go by
	}
	most := int(min(uint64(limit.Cur), math.MaxInt32)) //nolint:unconvert // it is signed on some systems
	return max(1, min(wanted, most-reserve-others))
}
