//go:build !unix

package httpserver

// descriptorLimit returns what is wanted: here the process has no limit of its own.
func descriptorLimit(wanted int) int { return wanted }
