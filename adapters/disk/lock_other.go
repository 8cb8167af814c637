//go:build !unix

package disk

import "os"

// lock locks nothing: these systems have no locks of folders.
func lock(*os.File, bool) error { return nil }

// flushFile has a file outlast a failure of the power. These systems cannot flush
// a folder, nor a file that is open to be read.
func flushFile(*os.File) error { return nil }
