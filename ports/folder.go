// Package ports says what the command needs of the world.
package ports

import (
	"io/fs"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder is the folder that a project is in, or is going to be.
type Folder interface {
	// Create makes a project of the files, all of them or, if it fails, nothing.
	// It refuses a folder that holds anything but .git, a licence and a README,
	// naming what is there; a README that is there is kept.
	Create(files []plan.File) error
	// Update writes the files and removes those of the paths. If it fails the
	// error says which files it had written.
	Update(files []plan.File, remove []string) error
	// Files returns the folder as it is.
	Files() fs.FS
}
