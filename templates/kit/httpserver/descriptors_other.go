//go:build !unix

package httpserver

// descriptorLimit returns what is wanted: processes have no limit on this system.
func descriptorLimit(wanted int) int { return wanted }
