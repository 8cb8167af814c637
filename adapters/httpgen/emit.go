// Package httpgen derives the package adapters/httpjson of a project, which serves its
// driving ports over HTTP and has clients for them.
package httpgen

import (
	"slices"
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
	reserved, files, err := pathFile(p, services, templates)
	if err != nil {
		return nil, err
	}
	if len(p.Adapters["auth"]) > 0 {
		file, err := accessFile(p, services, templates)
		if err != nil {
			return nil, err
		}
		reserved, files = append(reserved, "access"), append(files, file)
	}
	stems := gofile.NewStems(p, append(reserved, "openapi")...)
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
		tests, err := testFile(p, group, stems.Of(group[0].Entity.Name.Path), templates)
		if err != nil {
			return nil, err
		}
		files = append(append(files, file), tests...)
	}
	return files, nil
}

// pathFile derives the file with what reads and writes parameters in paths, if there are any
// but a UUID called id, and returns its stem.
func pathFile(p model.Project, services []route.Service, templates *template.Template) (stem []string, files []plan.File, err error) {
	if !slices.ContainsFunc(services, func(s route.Service) bool {
		return slices.ContainsFunc(s.Routes, func(r route.Route) bool {
			return slices.ContainsFunc(r.Params, func(p route.Param) bool { return p.Source == route.Path && !isID(p) })
		})
	}) {
		return nil, nil, nil
	}
	f := gofile.New(p, adapter, "paths_gen.go")
	for _, own := range []string{"kit", "kit/httpserver", "kit/jsoncodec"} {
		f.Own(own)
	}
	f.Std("net/url")
	f.Std("strings")
	file, err := f.Render(templates, "paths.go", nil)
	return []string{"paths"}, []plan.File{file}, err
}

// accessFile derives the file that says who may call each route.
func accessFile(p model.Project, services []route.Service, templates *template.Template) (plan.File, error) {
	var stated []route.Route
	for _, s := range services {
		for _, r := range s.Routes {
			if r.Access != nil {
				stated = append(stated, r)
			}
		}
	}
	f := gofile.New(p, adapter, "access_gen.go")
	f.Own("kit/httpserver")
	return f.Render(templates, "access.go", stated)
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
