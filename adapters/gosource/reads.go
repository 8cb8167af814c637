package gosource

import (
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// statements matches the files with statements of stores without an entity.
const statements = "adapters/sql/*.sql"

// reads returns the stores without an entity, of which there is a file with statements.
func (m *mapper) reads() (all []model.Reads) {
	files, _ := fs.Glob(m.files, statements) // the pattern is well-formed
	ports := m.interfaces(m.portsPath())
	for _, file := range files {
		stem := strings.TrimSuffix(path.Base(file), ".sql")
		at := slices.IndexFunc(ports, func(t *types.TypeName) bool { return name.SnakeOf(t.Name(), m.language) == stem })
		if at < 0 || !strings.HasSuffix(stem, "_store") {
			m.problems.Add(file+":1:1", "statements of no store", "name the file as an interface in ports/: report_store.sql for ReportStore")
			continue
		}
		p := m.portOf(ports[at])
		if p.keeps != nil || m.takesEvents(p.name) {
			m.problems.Add(file+":1:1", p.name.Name()+" stores entities, so its methods are derived or written in Go",
				"move those that only read to a store without Insert, such as ReportStore")
			continue
		}
		text, err := fs.ReadFile(m.files, file)
		if err != nil {
			m.problems.Add(file+":1:1", "cannot be read: "+err.Error(), "")
			continue
		}
		all = append(all, model.Reads{Port: m.interfaceOf(p), Stem: stem, File: file, Text: string(text)})
	}
	return all
}
