package storegen

import (
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// schemaView is the template data for the schema of a project.
type schemaView struct {
	Project    string
	Migrations bool   // there are migrations
	Refusing   string // the package of the kit, if some may be refused
}

// schemas derives the schema of each database, even if a project has no stores yet.
func (e *emitter) schemas() ([]plan.File, error) {
	var files []plan.File
	for _, adapter := range e.project.Adapters["store"] {
		f := gofile.New(e.project, adapter, "schema_gen.go")
		f.Own("kit")
		v := schemaView{Project: schemaName(e.project.Name), Migrations: e.project.Migrated[adapter]}
		if v.Migrations {
			f.Std("embed")
		}
		if v.Migrations && e.project.Constrained() {
			v.Refusing = f.Own("kit/" + adapter + "store")
		}
		file, err := f.Render(templates, "schema.go.tmpl", v)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// schemaName returns the name of a project in a form that can be part of the name of a
// table, and differs from that of the kit.
func schemaName(project string) string {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(project))
	if name == "kit" {
		return "kit_project"
	}
	return name
}
