// Package ports declares what the command needs from the outside world.
package ports

import (
	"io/fs"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Folder is the folder of a project that exists or is about to be created.
type Folder interface {
	// Create creates a project with the files. If it fails, it writes nothing. The
	// folder need not exist. A folder that contains anything but .git, a licence and
	// a README is refused, naming its contents (plan.Refusal). An existing README is
	// kept.
	Create(files []plan.File) error
	// Update writes the files, replacing existing ones, and removes the paths. If it
	// fails, nothing changes. It refuses a path that leads through a symbolic link,
	// and a file that was changed or created since it was read, or looked for, in
	// Files (plan.Refusal).
	Update(files []plan.File, remove []string) error
	// Files returns the current files. It remembers what is read.
	Files() fs.FS
}
