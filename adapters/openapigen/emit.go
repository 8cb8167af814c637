// Package openapigen derives the documentation of the HTTP API of a project, in its
// package adapters/httpjson: an OpenAPI document, and a page that explains it to people.
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

// adapter is the derived package.
const adapter = "httpjson"

// Emit derives the document, the page, and the Go file that embeds both. The error is
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
	document := newDocument(p, services).object()
	data, err := indented(document)
	if err != nil {
		return nil, err
	}
	html, err := renderPage(document)
	if err != nil {
		return nil, err
	}
	f := gofile.New(p, adapter, "openapi_gen.go")
	f.Blank("embed")
	code, err := f.Render(templates, "openapi.go", nil)
	if err != nil {
		return nil, err
	}
	return []plan.File{
		code,
		{Path: "adapters/" + adapter + "/openapi_gen.json", Data: data},
		{Path: "adapters/" + adapter + "/docs_gen.html", Data: html},
	}, nil
}

// document is an OpenAPI document in the making.
type document struct {
	title     string
	services  []route.Service
	secured   bool // callers need a token
	names     *jsongen.Names
	sent      map[string]bool // schemas of what requests are made of, by name
	checked   map[string]bool // of these, those that a body is, which use cases validate
	patches   map[*model.Struct]bool
	described map[string]bool
	schemas   object
}

func newDocument(p model.Project, services []route.Service) *document {
	d := &document{
		title: path.Base(p.Module), services: services, names: jsongen.NewNames(p), secured: len(p.Adapters["auth"]) > 0,
		sent: map[string]bool{}, checked: map[string]bool{}, described: map[string]bool{}, patches: route.Patches(services),
	}
	for _, s := range services {
		for _, r := range s.Routes {
			d.noteSent(r.Body)
			if r.Body != nil {
				d.checked[d.names.Of(r.Body)] = true
			}
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
			tag = tag.with("description", describeType(s.Offers.Doc, s.Offers.Name))
		}
		tags = append(tags, tag)
	}
	return object{
		{"openapi", "3.1.0"},
		{"info", object{
			{"title", d.title},
			{"version", "1"},
			{"description", "The HTTP API of " + d.title + ". Bodies are JSON, errors are problem details (RFC 9457)."},
		}},
		{"tags", tags},
		{"paths", paths},
		{"components", d.components()},
	}
}

func (d *document) components() object {
	o := object{
		{"schemas", append(append(object{}, d.schemas...), problemSchemas()...)},
		{"parameters", parameters},
		{"headers", headers},
		{"responses", problemResponses(d.secured)},
	}
	if d.secured {
		o = o.with("securitySchemes", object{{"token", object{
			{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"},
			{"description", "A token of the issuer that the service trusts. An operation lists the scopes that it must have."},
		}}})
	}
	return o
}

// tagOf returns the tag of the operations of a service.
func tagOf(s route.Service) string { return strings.TrimPrefix(s.Offers.Path, "/") }
