package disk

import (
	"io/fs"
	"slices"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// withEnds returns the files with lines that end as in those that they replace: git
// may have checked these out with CRLF, and an editor keeps it so as well.
func withEnds(there fs.FS, files []plan.File) []plan.File {
	files = slices.Clone(files)
	for i, f := range files {
		if old, err := fs.ReadFile(ordinary{there}, f.Path); err == nil {
			files[i].Data = plan.LikeEnds(f.Data, old)
		}
	}
	return files
}
