package disk

import (
	"io/fs"
	"slices"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// withEnds returns the files with the line ends of the files that they replace, which Git
// may have checked out with CRLF.
func withEnds(there fs.FS, files []plan.File) []plan.File {
	files = slices.Clone(files)
	for i, f := range files {
		if old, err := fs.ReadFile(ordinary{there}, f.Path); err == nil {
			files[i].Data = plan.LikeEnds(f.Data, old)
		}
	}
	return files
}
