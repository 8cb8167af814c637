//go:build !unix

package folderblobs

import "os"

// lockWhole does nothing: only one process may use the folder here.
func lockWhole(*os.File) error { return nil }

// syncOpen does nothing: the system has no such call for folders.
func syncOpen(*os.File) error { return nil }
