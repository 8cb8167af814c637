// Package ports says what the command needs of the world.
package ports

import (
	"io/fs"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder is the folder that a project is in, or is going to be.
type Folder interface {
	// Create makes a project of the files, all of them or, if it fails, nothing.
	// The folder need not exist. One that holds anything but .git, a licence and
	// a README is refused, naming what is there (plan.Refusal); a README that is
	// there is kept.
	Create(files []plan.File) error
	// Update writes the files, in place of those that are there, and removes
	// those of the paths. If it fails, all are as they were. A path that leads
	// through a symbolic link is refused (plan.Refusal), and so is a file that is
	// not as it was when it was read from Files, or looked for and not found.
	Update(files []plan.File, remove []string) error
	// Files returns the folder as it is. What is read is remembered.
	Files() fs.FS
}
