// Package scaffold renders the files that are written once and then belong to the user: a
// service's domain, ports, use cases and tests, and the other files of a project.
package scaffold

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Scaffold renders templates.
type Scaffold struct {
	service, project, port *template.Template
}

// New returns a scaffold with the templates in the folders templates/service,
// templates/project and templates/port of the files.
func New(files fs.FS) (*Scaffold, error) {
	var s Scaffold
	for folder, to := range map[string]**template.Template{"service": &s.service, "project": &s.project, "port": &s.port} {
		parsed, err := template.New(folder).Option("missingkey=error").ParseFS(files, "templates/"+folder+"/*.tmpl")
		if err != nil {
			return nil, err
		}
		*to = parsed
	}
	return &s, nil
}

// output is a file and its template.
type output struct {
	template, path string
	executable     bool
}

// Service renders the files of one service.
func (s *Scaffold) Service(b blueprint.Blueprint, svc blueprint.Service) ([]plan.File, error) {
	pkg, plural := svc.Name.Package(), svc.Name.Plural().Package()
	events := "events.go"
	if pkg == "events" { // the entity's own file has that name
		events = "topics.go"
	}
	return renderAll(s.service, newServiceView(b.Module, svc), []output{
		{template: "domain.go.tmpl", path: path.Join("domain", pkg, pkg+".go")},
		{template: "events.go.tmpl", path: path.Join("domain", pkg, events)},
		{template: "domain_test.go.tmpl", path: path.Join("domain", pkg, pkg+"_test.go")},
		{template: "ports.go.tmpl", path: path.Join("ports", plural+".go")},
		{template: "app.go.tmpl", path: path.Join("app", plural+".go")},
		{template: "app_test.go.tmpl", path: path.Join("app", plural+"_test.go")},
		{template: "log.go.tmpl", path: path.Join("app", pkg+"log.go")},
	})
}

// Project renders the other files of a project.
func (s *Scaffold) Project(b blueprint.Blueprint, goVersion string) ([]plan.File, error) {
	view := newProjectView(b, goVersion)
	outputs := []output{
		{template: "main.go.tmpl", path: "main.go"},
		{template: "config.go.tmpl", path: "config.go"},
		{template: "README.md.tmpl", path: "README.md"},
		{template: "AGENTS.md.tmpl", path: "AGENTS.md"},
		{template: "Dockerfile.tmpl", path: "Dockerfile"},
		{template: "dockerignore.tmpl", path: ".dockerignore"},
		{template: "gitignore.tmpl", path: ".gitignore"},
		{template: "gitattributes.tmpl", path: ".gitattributes"},
		{template: "golangci.yml.tmpl", path: ".golangci.yml"},
		{template: "ci.yml.tmpl", path: ".github/workflows/ci.yml"},
		{template: "test.tmpl", path: "scripts/test", executable: true},
		{template: "check.tmpl", path: "scripts/check", executable: true},
		{template: "image.tmpl", path: "scripts/image", executable: true},
	}
	return renderAll(s.project, view, append(outputs, servers(view)...))
}

// servers are the files that start the servers of the project's adapters.
func servers(v projectView) []output {
	var outputs []output
	if len(v.Servers) > 0 {
		outputs = append(outputs,
			output{template: "compose.yaml.tmpl", path: "deploy/compose.yaml"},
			output{template: "up.tmpl", path: "scripts/up", executable: true})
	}
	if v.Has("bus/nats") {
		outputs = append(outputs, output{template: "nats.conf.tmpl", path: "deploy/nats.conf"})
	}
	if v.Has("bus/activemq") {
		outputs = append(outputs, output{template: "activemq.xml.tmpl", path: "deploy/activemq.xml"})
	}
	return outputs
}

// renderAll renders the outputs, and formats Go files.
func renderAll(t *template.Template, view any, outputs []output) ([]plan.File, error) {
	files := make([]plan.File, 0, len(outputs))
	for _, o := range outputs {
		var data bytes.Buffer
		if err := t.ExecuteTemplate(&data, o.template, view); err != nil {
			return nil, err
		}
		f := plan.File{Path: o.path, Data: data.Bytes(), Executable: o.executable}
		if strings.HasSuffix(o.path, ".go") {
			formatted, err := format.Source(f.Data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.path, err)
			}
			f.Data = formatted
		}
		files = append(files, f)
	}
	return files, nil
}
