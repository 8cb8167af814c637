// Package record reads blueprints, and reads and writes the record of a project,
// which has the same form: YAML.
package record

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
)

// File is the name of the record in a project.
const File = "outgrow.yaml"

// largest is how many bytes a blueprint may have.
const largest = 1 << 20

// Record is what a file of this form says.
type Record struct {
	Blueprint blueprint.Blueprint
	Template  string            // the version of the command that made the project
	Generated map[string]string // SHA-256 of derived files, by path
}

// Reader reads records.
type Reader struct {
	language name.Language
}

// NewReader returns a reader for names of a language.
func NewReader(l name.Language) *Reader { return &Reader{language: l} }

// Read reads a record or blueprint. The error names everything that is wrong,
// each in a line with the file, line and column.
func (r *Reader) Read(file string, data []byte) (Record, error) {
	if len(data) > largest {
		return Record{}, fmt.Errorf("%s: too large: a blueprint has %d bytes at most", file, largest)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return Record{}, fmt.Errorf("%s: %w", file, err)
	}
	d := &document{file: file, language: r.language}
	if len(doc.Content) == 0 {
		return Record{}, fmt.Errorf("%s: it is empty", file)
	}
	d.record(doc.Content[0])
	return d.out, errors.Join(d.errs...)
}

// document is a file being read.
type document struct {
	file     string
	language name.Language
	out      Record
	errs     []error
}

func (d *document) fail(at *yaml.Node, format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("%s:%d:%d: %s", d.file, at.Line, at.Column, fmt.Sprintf(format, args...)))
}

func (d *document) record(n *yaml.Node) {
	b := &d.out.Blueprint
	d.mapping(n, map[string]func(*yaml.Node){
		"format":    d.format,
		"template":  d.text(&d.out.Template),
		"name":      d.text(&b.Name),
		"module":    d.text(&b.Module),
		"store":     d.texts(&b.Stores),
		"bus":       d.texts(&b.Buses),
		"services":  d.services,
		"generated": d.generated,
	})
}

// mapping calls what is known for each key.
func (d *document) mapping(n *yaml.Node, known map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "expected keys with values here")
		return
	}
	keys := make([]string, 0, len(known))
	for k := range known {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		read, ok := known[key.Value]
		switch {
		case !ok:
			d.fail(key, "there is no key %.60q%s", key.Value, blueprint.Suggest(key.Value, keys))
		case seen[key.Value]:
			d.fail(key, "%s is there twice", key.Value)
		default:
			read(n.Content[i+1])
		}
		seen[key.Value] = true
	}
}

func (d *document) format(n *yaml.Node) {
	if n.Value != strconv.Itoa(blueprint.Format) {
		d.fail(n, "format %.20q is not known: this version reads format %d", n.Value, blueprint.Format)
	}
}

func (d *document) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			d.fail(n, "expected a text here")
			return
		}
		*to = n.Value
	}
}

func (d *document) texts(to *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		for _, item := range d.items(n) {
			var s string
			d.text(&s)(item)
			*to = append(*to, s)
		}
	}
}

func (d *document) items(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "expected a list here")
		return nil
	}
	return n.Content
}

func (d *document) services(n *yaml.Node) {
	for _, item := range d.items(n) {
		var s blueprint.Service
		d.mapping(item, map[string]func(*yaml.Node){
			"name": func(n *yaml.Node) {
				var err error
				if s.Name, err = name.Parse(n.Value, d.language); err != nil {
					d.fail(n, "service %v", err)
				}
			},
			"fields": func(n *yaml.Node) { s.Fields = d.fields(n) },
		})
		if s.Name.IsZero() {
			d.fail(item, "a service needs a name")
			continue
		}
		d.out.Blueprint.Services = append(d.out.Blueprint.Services, s)
	}
}

func (d *document) fields(n *yaml.Node) []blueprint.Field {
	var fields []blueprint.Field
	for _, item := range d.items(n) {
		f, err := blueprint.ParseField(item.Value, d.language)
		if err != nil {
			d.fail(item, "%v", err)
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func (d *document) generated(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "expected paths with checksums here")
		return
	}
	d.out.Generated = map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		d.out.Generated[n.Content[i].Value] = n.Content[i+1].Value
	}
}
