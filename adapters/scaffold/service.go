// Package scaffold renders what is written once and then belongs to the user: a
// service's domain, ports, use cases and tests, and the files around a project.
package scaffold

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"path"
	"text/template"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Scaffold renders templates.
type Scaffold struct {
	service, project *template.Template
}

// New returns a scaffold of the templates in the folders templates/service and
// templates/project of the files.
func New(files fs.FS) (*Scaffold, error) {
	service, err := template.New("service").Option("missingkey=error").ParseFS(files, "templates/service/*.tmpl")
	if err != nil {
		return nil, err
	}
	project, err := template.New("project").Option("missingkey=error").ParseFS(files, "templates/project/*.tmpl")
	if err != nil {
		return nil, err
	}
	return &Scaffold{service: service, project: project}, nil
}

// Service renders the files of one service.
func (s *Scaffold) Service(b blueprint.Blueprint, svc blueprint.Service) ([]plan.File, error) {
	v := newView(b, svc)
	pkg, plural := svc.Name.Package(), svc.Name.Plural().Package()
	var files []plan.File
	for _, f := range []struct{ template, path string }{
		{"domain.go.tmpl", path.Join("domain", pkg, pkg+".go")},
		{"events.go.tmpl", path.Join("domain", pkg, "events.go")},
		{"domain_test.go.tmpl", path.Join("domain", pkg, pkg+"_test.go")},
		{"ports.go.tmpl", path.Join("ports", plural+".go")},
		{"app.go.tmpl", path.Join("app", plural+".go")},
		{"app_test.go.tmpl", path.Join("app", plural+"_test.go")},
		{"log.go.tmpl", path.Join("app", pkg+"log.go")},
	} {
		data, err := render(s.service, f.template, v)
		if err != nil {
			return nil, err
		}
		if data, err = format.Source(data); err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		files = append(files, plan.File{Path: f.path, Data: data})
	}
	return files, nil
}

func render(t *template.Template, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
