//go:build !unix

package processlocks

import "os"

// tryLock reports that a file is locked: these systems have other locks, and a folder is for
// one process there.
func tryLock(*os.File) (bool, error) { return true, nil }

func unlock(*os.File) {}

// syncFolder does nothing: these systems cannot flush a folder.
func syncFolder(string) error { return nil }
