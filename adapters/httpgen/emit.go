// Package httpgen derives the package adapters/httpjson of a project, which serves its
// driving ports over HTTP and has clients for them.
package httpgen

import (
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/route"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// adapter is the derived package.
const adapter = "httpjson"

// Emit derives a file for each domain package that has driving ports. The error is
// model.Problems if there are methods that cannot be served.
func Emit(p model.Project) ([]plan.File, error) {
	services, err := route.Of(p, english.English{})
	if err != nil {
		return nil, err
	}
	templates, err := template.ParseFS(derived.Files, adapter+"/*.tmpl")
	if err != nil {
		return nil, err
	}
	names := jsongen.NewNames(p)
	stems := gofile.NewStems(p, "openapi")
	var files []plan.File
	for _, group := range byPackage(services) {
		f := gofile.New(p, adapter, stems.Of(group[0].Entity.Name.Path)+"_gen.go")
		f.Own("kit")
		f.Own("kit/httpserver")
		views := make([]serviceView, len(group))
		for i, s := range group {
			views[i] = newView(p, f, names, s)
		}
		file, err := f.Render(templates, "service.go", views)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// byPackage groups the services by the package of their entity.
func byPackage(services []route.Service) [][]route.Service {
	at := map[string]int{}
	var groups [][]route.Service
	for _, s := range services {
		path := s.Entity.Name.Path
		i, known := at[path]
		if !known {
			i = len(groups)
			at[path] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups
}
