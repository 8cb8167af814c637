//go:build !unix

package httpserver

// descriptorLimit returns wanted: this system does not limit the descriptors of a process.
func descriptorLimit(wanted int) int { return wanted }
