package config

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// schema is what may be configured.
type schema struct {
	prefix   string
	keys     []*key   // in the order of the struct
	sections []string // paths, the outer ones first
	structs  []part   // the inner ones first
	byPath   map[string]*key
	byVar    map[string]*key   // by the name of the variable
	byField  map[string]string // paths of keys and sections, by the names of fields: HTTP.ReadTimeout
}

// part is a struct that holds keys: a section, or one that is embedded in it.
type part struct {
	path  string // such as store.sqlite; "" for the outermost
	field string // such as Store.SQLite; "" for the outermost
	value reflect.Value
}

// key is one thing that may be configured.
type key struct {
	path     string // http.read_timeout
	variable string // SHOP_HTTP_READ_TIMEOUT
	kind     reflect.Type
	field    reflect.Value
	file     *key // where this is the path of a file, the secret that the file holds
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[kit.Secret]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// schemaOf reads the keys from the struct that target points to.
func schemaOf(target any, prefix string) (*schema, error) {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("a configuration is a pointer to a struct, not %T", target)
	}
	s := &schema{
		prefix:  prefix,
		byPath:  map[string]*key{},
		byVar:   map[string]*key{},
		byField: map[string]string{},
	}
	return s, s.addStruct(part{value: v.Elem()})
}

func (s *schema) addStruct(p part) error {
	for i := range p.value.NumField() {
		f := p.value.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if err := s.addField(p, f, p.value.Field(i)); err != nil {
			return err
		}
	}
	s.structs = append(s.structs, p)
	return nil
}

func (s *schema) addField(in part, f reflect.StructField, value reflect.Value) error {
	name := f.Tag.Get("config")
	if holdsKeys(f.Type) && f.Anonymous && name == "" { // its fields are those of the struct around it
		return s.addStruct(part{in.path, in.field, value})
	}
	path, field := join(in.path, cmp.Or(name, snake(f.Name))), join(in.field, f.Name)
	s.byField[field] = path
	if holdsKeys(f.Type) {
		s.sections = append(s.sections, path)
		return s.addStruct(part{path, field, value})
	}
	if !readable(f.Type) {
		return fmt.Errorf("%s cannot be configured: a field of type %s cannot be read from text", path, f.Type)
	}
	k := &key{path: path, kind: f.Type, field: value}
	s.keys = append(s.keys, k)
	if err := s.addKey(k); err != nil || !k.secret() {
		return err
	}
	return s.addKey(&key{path: path + "_file", kind: reflect.TypeFor[string](), file: k})
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

// names returns what the keys are called whose paths begin so.
func (s *schema) names(beginning string, called func(path string) string) []string {
	var names []string
	for _, k := range s.keys {
		if strings.HasPrefix(k.path, beginning) {
			names = append(names, called(k.path))
		}
	}
	return names
}

func (s *schema) isSection(path string) bool { return slices.Contains(s.sections, path) }

// holdsKeys reports whether a field holds keys, and is not a value itself.
func holdsKeys(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textType)
}

func (k *key) secret() bool { return k.kind == secretType }

// join returns the path or field of a name in another, which is "" for the
// outermost.
func join(outer, name string) string { return strings.TrimPrefix(outer+"."+name, ".") }

var (
	afterLower  = regexp.MustCompile(`(\P{Lu})(\p{Lu})`)
	beforeLower = regexp.MustCompile(`(\p{Lu})(\p{Lu}\p{Ll})`)
)

// snake writes a name in Go as a key: ReadTimeout as read_timeout, HTTPAddr as
// http_addr.
func snake(name string) string {
	name = afterLower.ReplaceAllString(name, "${1}_$2")
	return strings.ToLower(beforeLower.ReplaceAllString(name, "${1}_$2"))
}

// pathOf returns the path of a field of the struct, or of a section in it where
// the name has dots.
func (s *schema) pathOf(p part, field string) string {
	if path, ok := s.byField[join(p.field, field)]; ok {
		return path
	}
	return join(p.path, snake(field))
}

var goName = regexp.MustCompile(`\b[A-Z]+[a-z0-9]+[A-Z]\w*\b`)

// inKeys puts keys for the names in Go of the struct's fields, as the rules of a
// struct know no other name of them. Single words are left alone: they are words.
func (s *schema) inKeys(p part, problem string) string {
	return goName.ReplaceAllStringFunc(problem, func(word string) string {
		return cmp.Or(s.byField[join(p.field, word)], word)
	})
}
