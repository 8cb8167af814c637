// Package config fills a struct from layers of configuration: the defaults that
// are built into the program, a file, variables of the environment, and
// settings on the command line. It is strict: what it does not understand is a
// mistake, and it tells all mistakes at once.
//
// The struct is the one source of keys. A field ReadTimeout in a field HTTP is
// the key http.read_timeout, and the variable SHOP_HTTP_READ_TIMEOUT; a tag
// `config:"name"` gives a field another name. Fields are texts, booleans,
// numbers, durations, secrets, what reads itself from text, and slices of them. A
// secret may also be given as the path of a file that holds it: the same key with
// _file behind it.
package config

import (
	"fmt"
	"reflect"

	"github.com/spf13/viper"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Input is where the configuration comes from, the weakest layer first.
type Input struct {
	Defaults []byte   // YAML; built into the program
	File     string   // path of a YAML file; "" for none
	Prefix   string   // of variables, such as SHOP
	Env      []string // variables, each NAME=value
	Set      []string // settings of the command line, each key=value
}

// Checker is implemented by a section that has rules of its own. It reports
// what breaks one, by the name of the field in Go.
type Checker interface {
	Check(report func(field, problem string))
}

// Load fills the struct that target points to, and says where each value came
// from. The error is Mistakes where the configuration is wrong; any other tells
// that the struct cannot be filled by anything.
func Load(target any, in Input) (*Loaded, error) {
	s, err := schemaOf(target, in.Prefix)
	if err != nil {
		return nil, err
	}
	r := reader{schema: s, layers: viper.New()}
	for _, setting := range r.document(in.Defaults, builtIn) {
		r.layers.SetDefault(setting.key.path, setting)
	}
	for _, layer := range [][]setting{r.file(in.File), r.variables(in.Env)} {
		if err := r.layers.MergeConfigMap(nest(layer)); err != nil {
			return nil, fmt.Errorf("the configuration cannot be merged: %w", err)
		}
	}
	for _, setting := range r.commandLine(in.Set) {
		r.layers.Set(setting.key.path, setting)
	}
	root := reflect.ValueOf(target).Elem()
	loaded := r.fill(root)
	r.check(root, s.root)
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	return loaded, nil
}

// reader collects the settings of all layers and what is wrong with them.
type reader struct {
	schema   *schema
	layers   *viper.Viper // holds a setting for each key
	mistakes Mistakes
}

// setting is the value of a key in one layer.
type setting struct {
	key    *key
	value  reflect.Value
	text   string // as it was written
	source string // where it was written
}

// nest makes of settings the map of maps that viper merges.
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

// fill sets the fields to what is effective.
func (r *reader) fill(root reflect.Value) *Loaded {
	loaded := &Loaded{}
	for _, k := range r.schema.keys {
		field := root.FieldByIndex(k.index)
		source := ""
		if s, ok := r.layers.Get(k.path).(setting); ok {
			field.Set(s.value)
			source = s.source
		}
		loaded.entries = append(loaded.entries, newEntry(k, field, source))
	}
	return loaded
}

// check asks each section for what breaks its rules, the inner ones first.
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
// something is wrong with it already.
func (r *reader) broken(s *section, field, problem string) {
	path := s.pathOf(field)
	if r.mistakes.about(path) {
		return
	}
	m := Mistake{Where: notSet, Key: path, Problem: problem}
	if found, ok := r.layers.Get(path).(setting); ok {
		m.Where, m.Value = found.source, found.shown()
	}
	r.mistakes = append(r.mistakes, m)
}

// The names of places that are no file.
const (
	builtIn = "built-in config.yaml"
	notSet  = "not set"
)

// take reads a text as the value of a key. It notes a mistake where it cannot.
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
