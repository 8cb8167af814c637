// Package config fills a struct from layers of configuration: the defaults that
// are built into the program, a file in YAML or JSON, environment variables, and
// flags. It is strict: what it does not understand is a mistake, and it reports
// all mistakes at once.
//
// The struct defines the keys. A field ReadTimeout in a field HTTP is the key
// http.read_timeout, the variable SHOP_HTTP_READ_TIMEOUT and the flag
// --http.read_timeout; a tag `config:"name"` gives a field another name, and the
// fields of an embedded struct are those of the struct around it. Fields are
// strings, booleans, numbers, durations, secrets, types that unmarshal text, and
// slices of these. A secret can also be given as the path of a file that contains
// it, by the same key followed by _file.
package config

import (
	"errors"
	"maps"
	"reflect"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Input is where the configuration comes from, beside the variables of the
// environment. Later fields override earlier ones, and variables the file.
type Input struct {
	Defaults []byte         // YAML, built into the program
	File     string         // path of a file; "" for none
	Prefix   string         // of variables, such as SHOP
	Flags    *pflag.FlagSet // made by Flags, and parsed; nil for none
	Set      []string       // flags in the form key=value
}

// Checker is implemented by a section that has rules of its own. It reports
// what breaks one, by the name of the field in Go.
type Checker interface {
	Check(report func(field, problem string))
}

// Load fills the struct that target points to, and says where each value was
// set. The error is Mistakes if the configuration is wrong; any other one means
// that the type of the struct cannot be configured.
func Load(target any, in Input) (*Loaded, error) {
	s, err := schemaOf(target, in.Prefix)
	if err != nil {
		return nil, err
	}
	r := &reader{schema: s, sources: map[string]string{}}
	r.viper = viper.NewWithOptions(viper.WithDecoderRegistry(fileDecoder{r, in.File}))
	for _, d := range r.document(in.Defaults, builtIn) {
		r.viper.SetDefault(d.key.path, d)
	}
	if in.Flags == nil {
		in.Flags, _ = Flags(target) // there is a schema, as has been seen
	}
	r.file(in.File)
	if err := errors.Join(r.variables(), r.flags(in.Flags, in.Set)); err != nil {
		return nil, err
	}
	root := reflect.ValueOf(target).Elem()
	loaded := r.fill(root)
	r.check(root, s.root)
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	return loaded, nil
}

// reader reads all layers and collects what is wrong with them.
type reader struct {
	schema   *schema
	viper    *viper.Viper      // has a setting for each key in a file, and a text for variables and flags
	sources  map[string]string // of the texts, by key
	mistakes Mistakes
}

// setting is the value of a key in one layer.
type setting struct {
	key    *key
	value  reflect.Value
	text   string // as it was written
	source string // where it was written
}

// nest returns the settings as maps, a map for each section.
func nest(settings []setting) map[string]any {
	root := map[string]any{}
	for _, s := range settings {
		at := root
		for _, name := range s.key.sections() {
			inner, ok := at[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		at[s.key.name()] = s
	}
	return root
}

// effective returns the setting of a key in the layer that counts, if the key is
// set in any. One that is wrong has been noted.
func (r *reader) effective(k *key) (setting, bool) {
	switch got := r.viper.Get(k.path).(type) {
	case setting:
		return got, true
	case string: // of a variable or flag
		source, isSet := r.sources[k.path]
		value, err := parse(got, k.kind)
		return setting{key: k, value: value, text: got, source: source}, isSet && err == nil
	default:
		return setting{}, false
	}
}

// fill sets the fields to their effective values.
func (r *reader) fill(root reflect.Value) *Loaded {
	loaded := &Loaded{}
	for _, k := range r.schema.keys {
		field := root.FieldByIndex(k.index)
		s, ok := r.effective(k)
		if ok {
			field.Set(s.value)
		}
		loaded.entries = append(loaded.entries, newEntry(k, field, s.source))
	}
	return loaded
}

// check has each section report what breaks its rules, the inner ones first.
func (r *reader) check(value reflect.Value, s *section) {
	for _, inner := range s.inner {
		r.check(value.FieldByIndex(inner.field), inner)
	}
	checker, ok := value.Addr().Interface().(Checker)
	if !ok {
		return
	}
	checker.Check(func(field, problem string) {
		r.broken(s, field, s.inKeys(problem))
	})
}

// broken notes that the effective value of a field breaks a rule, unless
// something else is wrong with it.
func (r *reader) broken(s *section, field, problem string) {
	path := s.pathOf(field)
	if r.mistakes.about(path) {
		return
	}
	m := Mistake{Where: notSet, Key: path, Problem: problem}
	if k := r.schema.byPath[path]; k != nil {
		if found, ok := r.effective(k); ok {
			m.Where, m.Value = found.source, found.shown()
		}
	}
	r.mistakes = append(r.mistakes, m)
}

// The names of places that are not files.
const (
	builtIn = "built-in config.yaml"
	notSet  = "not set"
)

// take parses a text as the value of a key. It notes a mistake if it cannot.
func (r *reader) take(k *key, text, source string) (setting, bool) {
	value, err := parse(text, k.kind)
	if err != nil {
		r.refuse(k, text, source, err.Error())
		return setting{}, false
	}
	return setting{key: k, value: value, text: text, source: source}, true
}

// refuse notes what is wrong with a value.
func (r *reader) refuse(k *key, text, source, problem string) {
	m := Mistake{Where: source, Key: k.path, Problem: problem}
	if !k.secret() {
		m.Value = quoted(text)
	}
	r.mistakes = append(r.mistakes, m)
}

func (s setting) shown() string {
	if s.key.secret() {
		return kit.NewSecret(s.text).String()
	}
	return quoted(s.text)
}

// fileDecoder has viper read files with their settings.
type fileDecoder struct {
	reader *reader
	source string
}

// Decoder returns the decoder for every format: YAML, of which JSON is a part.
func (d fileDecoder) Decoder(string) (viper.Decoder, error) { return d, nil }

// Decode reads a document. Mistakes in it are noted, and are not an error.
func (d fileDecoder) Decode(text []byte, into map[string]any) error {
	if len(text) > maxFile {
		d.reader.note(d.source, "", "%s", errLarge)
		return nil
	}
	maps.Copy(into, nest(d.reader.document(text, d.source)))
	return nil
}
