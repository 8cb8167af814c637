// Package record reads blueprints, and reads and writes the record of a project, which
// has the same YAML format.
package record

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/name"
)

// File is the name of the record in a project.
const File = "outgrow.yaml"

// largest is the maximum size of a blueprint in bytes.
const largest = 1 << 20

// Records reads and writes records.
type Records struct {
	language name.Language
}

// New returns Records for names in the language.
func New(l name.Language) *Records { return &Records{language: l} }

// Name returns the name of the record's file in a project.
func (r *Records) Name() string { return File }

// Read reads a record or blueprint. The error has a line for each problem, with the
// file, line and column.
func (r *Records) Read(file string, data []byte) (blueprint.Record, error) {
	root, err := parse(file, data)
	if err != nil {
		return blueprint.Record{}, err
	}
	if err := refuseFormat(file, root); err != nil {
		return blueprint.Record{}, err
	}
	d := &document{file: file, language: r.language, places: map[blueprint.Problem]*yaml.Node{}}
	d.record(root)
	if len(d.errs) == 0 {
		d.validate(root)
	}
	return d.out, errors.Join(d.errs...)
}

// parse returns the root of the only document in the file.
func parse(file string, data []byte) (*yaml.Node, error) {
	if len(data) > largest {
		return nil, fmt.Errorf("%s: the file is too large; a blueprint can have at most %d bytes", file, largest)
	}
	if err := checkCharacters(file, data); err != nil {
		return nil, err
	}
	var doc, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s:1:1: the file is empty", file)
	}
	if err != nil {
		return nil, located(file, data, err)
	}
	switch err := decoder.Decode(&more); {
	case errors.Is(err, io.EOF):
		return doc.Content[0], nil
	case err != nil:
		return nil, located(file, data, err)
	}
	return nil, fmt.Errorf("%s:%d:%d: a second document; a blueprint must be a single one", file, more.Line, more.Column)
}

// checkCharacters refuses bytes that are not text. UTF-16 is left to the parser, which
// reads it.
func checkCharacters(file string, data []byte) error {
	if bytes.HasPrefix(data, []byte("\xfe\xff")) || bytes.HasPrefix(data, []byte("\xff\xfe")) {
		return nil
	}
	line, column := 1, 1
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r == utf8.RuneError && size == 1:
			return fmt.Errorf("%s:%d:%d: the byte \\x%02x is not valid UTF-8", file, line, column, rest[0])
		case unicode.IsControl(r) && r != '\t' && r != '\r':
			return fmt.Errorf("%s:%d:%d: unexpected control character %q", file, line, column, r)
		}
		column++
		rest = rest[size:]
	}
	return nil
}

// The parser's errors give a line, or only the name of an anchor.
var (
	lineOfError   = regexp.MustCompile(`^yaml: line ([0-9]+): `)
	anchorOfError = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced`)
)

// located returns an error of the parser as a line that begins with the position.
func located(file string, data []byte, err error) error {
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	line, column := 1, 1
	if m := lineOfError.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits
		text = text[len(m[0]):]
	} else if m := anchorOfError.FindStringSubmatch(text); m != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		line = bytes.Count(before, []byte("\n")) + 1
		column = len(before) - bytes.LastIndexByte(before, '\n')
		text = fmt.Sprintf("unknown anchor %+.40q", m[1])
	}
	return fmt.Errorf("%s:%d:%d: invalid YAML: %s", file, line, column, strings.TrimPrefix(text, "yaml: "))
}

// document is a file being read.
type document struct {
	file     string
	language name.Language
	out      blueprint.Record
	errs     []error
	places   map[blueprint.Problem]*yaml.Node // the node of each part, by a Problem without a message
}

// validate reports the problems with what was read, at their positions. What the file
// leaves out is chosen elsewhere, and is assumed to be valid here.
func (d *document) validate(root *yaml.Node) {
	b := d.out.Blueprint
	if d.places[blueprint.Problem{Key: "module"}] == nil {
		b.Module = "example.com/shop"
	}
	if d.places[blueprint.Problem{Key: "name"}] == nil {
		b.Name = blueprint.NameOf(b.Module)
	}
	for _, port := range blueprint.Catalogue {
		if len(b.Adapters[port.Name]) == 0 {
			b.Choose(port.Name, port.Defaults())
		}
	}
	for _, err := range b.Validate() {
		at := root
		if p, ok := errors.AsType[blueprint.Problem](err); ok {
			place := blueprint.Problem{Key: p.Key, Item: p.Item, Field: p.Field}
			at = cmp.Or(d.places[place], d.places[blueprint.Problem{Key: p.Key}], root)
		}
		d.fail(at, "%v", err)
	}
}

func (d *document) fail(at *yaml.Node, format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("%s:%d:%d: %s", d.file, at.Line, at.Column, fmt.Sprintf(format, args...)))
}

func (d *document) record(n *yaml.Node) {
	b := &d.out.Blueprint
	d.mapping(n, map[string]func(*yaml.Node){
		"format":     d.format,
		"kit":        d.kit,
		"name":       d.text("name", &b.Name),
		"module":     d.text("module", &b.Module),
		"components": d.components,
		"services":   d.services,
		"allow":      d.allow,
	})
}

// mapping calls the function for each known key.
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
		case key.Kind != yaml.ScalarNode:
			d.fail(key, "expected a key here")
			continue
		case !ok:
			d.fail(key, "unknown key %+.60q%s", key.Value, blueprint.Suggest(key.Value, keys))
		case seen[key.Value]:
			d.fail(key, "duplicate key %s; remove one", key.Value)
		default:
			read(n.Content[i+1])
		}
		seen[key.Value] = true
	}
}

func (d *document) format(n *yaml.Node) { d.isText(n) } // a number that is known

// templateForm matches versions, which are written back as they were read.
var templateForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*$`)

func (d *document) kit(n *yaml.Node) {
	if n.Value != "" && !templateForm.MatchString(n.Value) {
		d.fail(n, "kit %+.40q is not a version", n.Value)
		return
	}
	d.out.Kit = n.Value
}

// text returns a function that reads the string at a key.
func (d *document) text(key string, to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.note(n, key, 0, 0)
		if d.isText(n) {
			*to = n.Value
		}
	}
}

// note remembers the node of a part.
func (d *document) note(at *yaml.Node, key string, item, field int) {
	d.places[blueprint.Problem{Key: key, Item: item, Field: field}] = at
}

// isText reports whether a node is a plain string or can be read as one, which null,
// aliases, binary data and custom tags cannot.
func (d *document) isText(n *yaml.Node) bool {
	plain := []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}
	if n.Kind != yaml.ScalarNode || !slices.Contains(plain, n.ShortTag()) {
		d.fail(n, "expected a string here")
		return false
	}
	return true
}

// components reads the list of components, such as store/sqlite.
func (d *document) components(n *yaml.Node) {
	for _, item := range d.items(n) {
		if !d.isText(item) {
			continue
		}
		port, component, ok := strings.Cut(item.Value, "/")
		if !ok || !slices.Contains(blueprint.Ports(), port) {
			d.own(item)
			continue
		}
		chosen := d.out.Blueprint.Adapters[port]
		d.note(item, port, len(chosen), 0)
		d.out.Blueprint.Choose(port, append(chosen, component))
	}
}

// own reads a component of a port that is the owner's, such as mailer/smtp.
func (d *document) own(item *yaml.Node) {
	port, adapter, err := blueprint.ParseOwn(item.Value, d.language)
	if err != nil {
		d.fail(item, "%v", err)
		return
	}
	own := d.out.Blueprint.Own
	i := slices.IndexFunc(own, func(p blueprint.OwnPort) bool { return p.Name.Equal(port) })
	if i < 0 {
		i = len(own)
		own = append(own, blueprint.OwnPort{Name: port})
		d.note(item, "own", i, 0)
	}
	own[i].Adapters = append(own[i].Adapters, adapter)
	d.out.Blueprint.Own = own
}

func (d *document) items(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "expected a list here")
		return nil
	}
	return n.Content
}

func (d *document) services(n *yaml.Node) {
	d.note(n, "services", 0, 0)
	for i, item := range d.items(n) {
		var s blueprint.Service
		before := len(d.errs)
		d.mapping(item, map[string]func(*yaml.Node){
			"name":   func(n *yaml.Node) { s.Name = d.name(n, i) },
			"fields": func(n *yaml.Node) { s.Fields = d.fields(n, i) },
		})
		if s.Name.IsZero() && len(d.errs) == before {
			d.fail(item, "a service needs a name")
		}
		d.out.Blueprint.Services = append(d.out.Blueprint.Services, s)
	}
}

// allow reads the exceptions from the rules of outgrow check.
func (d *document) allow(n *yaml.Node) {
	for i, item := range d.items(n) {
		d.note(item, "allow", i, 0)
		a := finding.Allowance{Line: item.Line}
		text := func(to *string) func(*yaml.Node) {
			return func(n *yaml.Node) {
				if d.isText(n) {
					*to = n.Value
				}
			}
		}
		d.mapping(item, map[string]func(*yaml.Node){"rule": text(&a.Rule), "for": text(&a.For), "reason": text(&a.Reason)})
		d.out.Blueprint.Allowed = append(d.out.Blueprint.Allowed, a)
	}
}

// name reads the name of a service. It returns the zero Name if it is invalid.
func (d *document) name(n *yaml.Node, service int) name.Name {
	d.note(n, "services", service, 0)
	if !d.isText(n) {
		return name.Name{}
	}
	parsed, err := name.Parse(n.Value, d.language)
	if err != nil {
		d.fail(n, "service %v", err)
	}
	return parsed
}

func (d *document) fields(n *yaml.Node, service int) []blueprint.Field {
	var fields []blueprint.Field
	for i, item := range d.items(n) {
		d.note(item, "services", service, i+1)
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
