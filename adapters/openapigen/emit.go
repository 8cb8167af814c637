// Package openapigen derives the OpenAPI document of what a project serves over
// HTTP, in the package adapters/httpjson of the project.
package openapigen

import (
	"path"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/route"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// adapter is the package that is derived for.
const adapter = "httpjson"

// Emit derives the document and the Go file that embeds it. The error is
// model.Problems for methods that cannot be served.
func Emit(p model.Project) ([]plan.File, error) {
	services, err := route.Of(p, english.English{})
	if err != nil {
		return nil, err
	}
	templates, err := template.ParseFS(derived.Files, adapter+"/*.tmpl")
	if err != nil {
		return nil, err
	}
	data, err := indented(newDocument(p, services).object())
	if err != nil {
		return nil, err
	}
	f := gofile.New(p, adapter, "openapi_gen.go")
	f.Blank("embed")
	code, err := f.Render(templates, "openapi.go", nil)
	if err != nil {
		return nil, err
	}
	return []plan.File{code, {Path: "adapters/" + adapter + "/openapi_gen.json", Data: data}}, nil
}

// document is an OpenAPI document that is being made.
type document struct {
	title     string
	services  []route.Service
	names     *jsongen.Names
	sent      map[string]bool // schemas of what requests are made of, by name
	described map[string]bool
	schemas   object
}

func newDocument(p model.Project, services []route.Service) *document {
	d := &document{
		title: path.Base(p.Module), services: services, names: jsongen.NewNames(p),
		sent: map[string]bool{}, described: map[string]bool{},
	}
	for _, s := range services {
		for _, r := range s.Routes {
			d.noteSent(r.Body)
		}
	}
	return d
}

func (d *document) object() object {
	paths := d.paths()
	tags := make([]object, 0, len(d.services))
	for _, s := range d.services {
		tag := object{{"name", tagOf(s)}}
		if s.Offers.Doc != "" {
			tag = tag.with("description", sentences(s.Offers.Doc, s.Offers.Name+" is "))
		}
		tags = append(tags, tag)
	}
	return object{
		{"openapi", "3.1.0"},
		{"info", object{
			{"title", d.title},
			{"version", "1"},
			{"description", "The HTTP interface of " + d.title + ". Bodies are JSON in snake_case, errors are problem+json (RFC 9457)."},
		}},
		{"tags", tags},
		{"paths", paths},
		{"components", object{
			{"schemas", append(append(object{}, d.schemas...), problemSchemas()...)},
			{"parameters", parameters},
			{"headers", headers},
			{"responses", problemResponses()},
		}},
	}
}

// tagOf returns what the operations of a service are grouped under.
func tagOf(s route.Service) string { return strings.TrimPrefix(s.Offers.Path, "/") }

// oneLine returns a text as one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// sentences returns a text as one line without its beginning, in sentence case.
func sentences(text, beginning string) string {
	text = strings.TrimPrefix(oneLine(text), beginning)
	return strings.ToUpper(text[:1]) + text[1:]
}
