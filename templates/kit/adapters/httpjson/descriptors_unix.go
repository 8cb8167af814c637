//go:build unix

package httpjson

import "syscall"

// descriptorLimit returns how many connections the process may hold and have
// some descriptors left for files and dependencies. Go raises the soft limit to
// the hard one by itself.
func descriptorLimit(wanted int) int {
	const others = 256
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return wanted // without the limit there is nothing to go by
	}
	if uint64(limit.Cur) >= uint64(wanted)+reserve+others {
		return wanted
	}
	return max(1, int(limit.Cur)-reserve-others) //nolint:gosec // it is smaller than wanted, an int
}
