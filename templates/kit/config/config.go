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
	"reflect"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
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
func Load(target any, in Input) (Loaded, error) {
	s, err := schemaOf(target, in.Prefix)
	if err != nil {
		return nil, err
	}
	if in.Flags == nil {
		in.Flags = s.flags()
	}
	r := &reader{schema: s, viper: viper.New()}
	for _, settings := range []layer{
		r.document(in.Defaults, builtIn), r.file(in.File), r.variables(), r.flags(in.Flags, in.Set),
	} {
		if err := r.viper.MergeConfigMap(settings); err != nil {
			return nil, err
		}
	}
	loaded := r.fill()
	r.check()
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	return loaded, nil
}

// reader reads all layers and collects what is wrong with them.
type reader struct {
	schema   *schema
	viper    *viper.Viper // of the settings that count
	mistakes Mistakes
}

// layer has settings by the paths of their keys, as viper takes them.
type layer map[string]any

// setting is the value of a key in one layer.
type setting struct {
	key    *key
	value  reflect.Value
	text   string // as it was written
	source string // where it was written
}

// The names of places that are not files.
const (
	builtIn = "built-in config.yaml"
	notSet  = "not set"
)

// put adds a setting to a layer, if the text is a value of the key. If the key is
// for the path of a file, it adds the secret in the file.
func (r *reader) put(to layer, k *key, text, source string) {
	if k.file != nil {
		secret, err := readFile(text)
		if err != nil {
			r.refuse(k, text, source, err)
			return
		}
		k, source = k.file, source+" ("+text+")"
		text = strings.TrimRight(string(secret), "\r\n")
	}
	if other, ok := to[k.path].(setting); ok {
		r.note(source, k.path, "is set twice; first by %s", other.source)
		return
	}
	value, err := parse(text, k.kind)
	r.add(to, setting{k, value, text, source}, err)
}

// add adds a setting to a layer. It notes the error of its value, which is none then.
func (r *reader) add(to layer, s setting, err error) {
	if err != nil {
		r.refuse(s.key, s.text, s.source, err)
		s.value = reflect.Value{}
	}
	to[s.key.path] = s
}

// effective returns the setting of the layer that counts, if any has one. One
// that is wrong has been noted.
func (r *reader) effective(path string) (setting, bool) {
	s, _ := r.viper.Get(path).(setting)
	return s, s.value.IsValid()
}

// fill sets the fields to their effective values.
func (r *reader) fill() (loaded Loaded) {
	for _, k := range r.schema.keys {
		s, ok := r.effective(k.path)
		if ok {
			k.field.Set(s.value)
		}
		loaded = append(loaded, newEntry(k, s.source))
	}
	return loaded
}

// check has each struct report what breaks its rules, the inner ones first.
func (r *reader) check() {
	for _, s := range r.schema.structs {
		if checker, ok := s.value.Addr().Interface().(Checker); ok {
			checker.Check(func(field, problem string) {
				r.broken(r.schema.pathOf(s, field), r.schema.inKeys(s, problem))
			})
		}
	}
}

// broken notes that the effective value of a key breaks a rule, unless something
// else is wrong with it.
func (r *reader) broken(path, problem string) {
	if r.mistakes.about(path) {
		return
	}
	m := Mistake{Where: notSet, Key: path, Problem: problem}
	if s, ok := r.effective(path); ok {
		m.Where, m.Value = s.source, s.key.shown(s.text)
	}
	r.mistakes = append(r.mistakes, m)
}
