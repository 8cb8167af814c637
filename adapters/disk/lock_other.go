//go:build !unix

package disk

import "os"

// lock does nothing: these systems cannot lock folders.
func lock(*os.File, bool) error { return nil }

// flushFile does nothing: these systems can flush neither a folder nor a file that is
// open for reading.
func flushFile(*os.File) error { return nil }
