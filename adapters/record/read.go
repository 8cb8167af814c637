// Package record reads blueprints, and reads and writes the record of a project,
// which has the same form: YAML.
package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
)

// File is the name of the record in a project.
const File = "outgrow.yaml"

// largest is how many bytes a blueprint may have.
const largest = 1 << 20

// Records reads and writes records.
type Records struct {
	language name.Language
}

// New returns records of names of a language.
func New(l name.Language) *Records { return &Records{language: l} }

// Name returns the name of the record's file in a project.
func (r *Records) Name() string { return File }

// Read reads a record or blueprint. The error names everything that is wrong,
// each in a line with the file, line and column.
func (r *Records) Read(file string, data []byte) (blueprint.Record, error) {
	root, err := parse(file, data)
	if err != nil {
		return blueprint.Record{}, err
	}
	d := &document{file: file, language: r.language}
	d.record(root)
	return d.out, errors.Join(d.errs...)
}

// parse returns the root of the one document that the file holds.
func parse(file string, data []byte) (*yaml.Node, error) {
	if len(data) > largest {
		return nil, fmt.Errorf("%s: it is too large: a blueprint has %d bytes at most", file, largest)
	}
	var doc, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s: it is empty", file)
	}
	if err != nil {
		return nil, located(file, err)
	}
	switch err := decoder.Decode(&more); {
	case errors.Is(err, io.EOF):
		return doc.Content[0], nil
	case err != nil:
		return nil, located(file, err)
	}
	return nil, fmt.Errorf("%s:%d:%d: a second document; a blueprint is one", file, more.Line, more.Column)
}

var lineOfError = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// located returns an error of the parser as a line that begins with where it is.
func located(file string, err error) error {
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	if m := lineOfError.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s:%s: %s", file, m[1], text[len(m[0]):])
	}
	return fmt.Errorf("%s: %s", file, strings.TrimPrefix(text, "yaml: "))
}

// document is a file being read.
type document struct {
	file     string
	language name.Language
	out      blueprint.Record
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
	keys := slices.Sorted(maps.Keys(known))
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
		before := len(d.errs)
		d.mapping(item, map[string]func(*yaml.Node){
			"name":   func(n *yaml.Node) { s.Name = d.name(n) },
			"fields": func(n *yaml.Node) { s.Fields = d.fields(n) },
		})
		if s.Name.IsZero() && len(d.errs) == before {
			d.fail(item, "a service needs a name")
		}
		d.out.Blueprint.Services = append(d.out.Blueprint.Services, s)
	}
}

// name reads the name of a service; none if it is wrong.
func (d *document) name(n *yaml.Node) name.Name {
	parsed, err := name.Parse(n.Value, d.language)
	if err != nil {
		d.fail(n, "service %v", err)
	}
	return parsed
}

func (d *document) fields(n *yaml.Node) []blueprint.Field {
	var fields []blueprint.Field
	for _, item := range d.items(n) {
		if item.Kind != yaml.ScalarNode {
			d.fail(item, "expected a field here, as name:type without a space")
			continue
		}
		f, err := blueprint.ParseField(item.Value, d.language)
		if err != nil {
			d.fail(item, "%v", err)
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

var checksum = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (d *document) generated(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "expected paths with checksums here")
		return
	}
	d.out.Generated = map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		path, sum := n.Content[i], n.Content[i+1]
		if !fs.ValidPath(path.Value) || !checksum.MatchString(sum.Value) {
			d.fail(path, "expected a path with its SHA-256 here")
			continue
		}
		d.out.Generated[path.Value] = sum.Value
	}
}
