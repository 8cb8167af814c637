// Package wiringgen derives the wiring of what a project has: which adapters can
// be chosen for a port, and what constructs and serves each service.
package wiringgen

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/templates/derived"
)

var wiring = template.Must(template.ParseFS(derived.Files, "app/*.tmpl"))

// titles are the names of adapters in Go, where they are not the usual ones.
var titles = map[string]string{"sqlite": "SQLite", "nats": "NATS"}

// component is an adapter that can be chosen.
type component struct {
	Name  string // "sqlite"
	Field string // "SQLite"
	Key   string // a tag, where the key does not follow from the field
}

type view struct {
	Imports       []string
	Stores, Buses []component
	Services      []model.Service
}

// Emit derives the wiring of a project.
func Emit(p model.Project) ([]plan.File, error) {
	v := view{Stores: components(p.Stores), Buses: components(p.Buses), Services: p.Services}
	v.Imports = imports(p)
	var b bytes.Buffer
	if err := wiring.ExecuteTemplate(&b, "wiring.go.tmpl", v); err != nil {
		return nil, err
	}
	data, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("wiring: %w\n%s", err, b.Bytes())
	}
	return []plan.File{{Path: "app/wiring_gen.go", Data: data}}, nil
}

func components(names []string) []component {
	var out []component
	for _, n := range names {
		c := component{Name: n, Field: titles[n]}
		if c.Field == "" {
			c.Field = strings.ToUpper(n[:1]) + n[1:]
		} else {
			c.Key = n
		}
		out = append(out, c)
	}
	return out
}

// imports returns what the wiring imports of the project, in order.
func imports(p model.Project) []string {
	paths := map[string]bool{"app/config": true, "ports": true}
	for _, a := range append(slices.Clone(p.Stores), p.Buses...) {
		paths["adapters/"+a] = true
	}
	for _, s := range p.Services {
		if s.Offers != nil {
			paths["adapters/httpjson"] = true
		}
	}
	var out []string
	for _, within := range slices.Sorted(maps.Keys(paths)) {
		out = append(out, p.Module+"/"+within)
	}
	return out
}
