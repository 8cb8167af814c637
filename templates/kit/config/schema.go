package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// schema is what may be configured.
type schema struct {
	prefix string
	root   *section
	keys   []*key // in the order of the struct
	byPath map[string]*key
	byVar  map[string]*key // by the name of the variable
	parts  []*section      // the outermost first
}

// section is a struct that holds keys.
type section struct {
	path  string // "" for the outermost
	field []int  // in the section that it is in
	inner []*section
	names map[string]string // of its fields: in Go to in configuration
	kinds map[string]*section
}

// key is one thing that may be configured.
type key struct {
	path     string // http.read_timeout
	variable string // SHOP_HTTP_READ_TIMEOUT
	index    []int  // of the field
	kind     reflect.Type
	file     *key // where this is the path of a file, the secret that the file holds
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[kit.Secret]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (k *key) secret() bool { return k.kind == secretType }

func (k *key) sections() []string {
	parts := strings.Split(k.path, ".")
	return parts[:len(parts)-1]
}

func (k *key) name() string { return k.path[strings.LastIndexByte(k.path, '.')+1:] }

// schemaOf reads the keys from the type of the struct.
func schemaOf(target any, prefix string) (*schema, error) {
	t := reflect.TypeOf(target)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a configuration is a pointer to a struct, not %T", target)
	}
	s := &schema{
		prefix: prefix,
		byPath: map[string]*key{},
		byVar:  map[string]*key{},
	}
	var err error
	s.root, err = s.addSection(t.Elem(), "", nil, nil)
	return s, err
}

func (s *schema) addSection(t reflect.Type, path string, at, index []int) (*section, error) {
	part := &section{path: path, field: at, names: map[string]string{}, kinds: map[string]*section{}}
	if s.part(path) == nil { // an embedded struct has the path of the section that it is in
		s.parts = append(s.parts, part)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		if err := s.addField(part, f, append(index[:len(index):len(index)], i)); err != nil {
			return nil, err
		}
	}
	return part, nil
}

func (s *schema) addField(part *section, f reflect.StructField, index []int) error {
	name := f.Tag.Get("config")
	if name == "" {
		name = snake(f.Name)
	}
	path := name
	if part.path != "" {
		path = part.path + "." + name
	}
	part.names[f.Name] = name
	if isSection(f.Type) {
		if f.Anonymous && f.Tag.Get("config") == "" {
			return s.addEmbedded(part, f, index)
		}
		inner, err := s.addSection(f.Type, path, f.Index, index)
		part.inner = append(part.inner, inner)
		part.kinds[f.Name] = inner
		return err
	}
	if !readable(f.Type) {
		return fmt.Errorf("%s cannot be configured: a field of type %s cannot be read from text", path, f.Type)
	}
	k := &key{path: path, index: index, kind: f.Type}
	if err := s.addKey(k); err != nil {
		return err
	}
	s.keys = append(s.keys, k)
	if k.secret() {
		return s.addKey(&key{path: path + "_file", kind: reflect.TypeFor[string](), file: k})
	}
	return nil
}

// addEmbedded adds the fields of an embedded struct as if they were fields of the
// section itself.
func (s *schema) addEmbedded(part *section, f reflect.StructField, index []int) error {
	inner, err := s.addSection(f.Type, part.path, f.Index, index)
	if err != nil {
		return err
	}
	part.inner = append(part.inner, inner)
	maps.Copy(part.names, inner.names)
	maps.Copy(part.kinds, inner.kinds)
	return nil
}

func (s *schema) addKey(k *key) error {
	k.variable = s.variable(k.path)
	if other := s.byVar[k.variable]; other != nil {
		return fmt.Errorf("%s and %s would be the same variable %s", other.path, k.path, k.variable)
	}
	s.byPath[k.path], s.byVar[k.variable] = k, k
	return nil
}

func (s *schema) variable(path string) string {
	return s.prefix + "_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// part returns the section of the path, or nil.
func (s *schema) part(path string) *section {
	for _, p := range s.parts {
		if p.path == path {
			return p
		}
	}
	return nil
}

// isSection reports whether a field holds keys, and is not a value itself.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textType)
}

// pathOf returns the key of a field of the section, or of a section in it where
// the name has dots.
func (p *section) pathOf(field string) string {
	first, rest, _ := strings.Cut(field, ".")
	if inner := p.kinds[first]; inner != nil && rest != "" {
		return inner.pathOf(rest)
	}
	name, ok := p.names[first]
	if !ok {
		name = snake(first)
	}
	if p.path == "" {
		return name
	}
	return p.path + "." + name
}

var goName = regexp.MustCompile(`\b[A-Z]+[a-z0-9]+[A-Z]\w*\b`)

// inKeys puts keys for the names in Go of the section's fields, as the rules
// of a section know no other name of them. Single words are left alone: they
// are words.
func (p *section) inKeys(problem string) string {
	return goName.ReplaceAllStringFunc(problem, func(word string) string {
		if _, ok := p.names[word]; !ok {
			return word
		}
		return p.pathOf(word)
	})
}
