package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Loaded has all keys in the order of the struct: which values are effective, and where each
// was set.
type Loaded []Entry

// Entry is a key with its effective value.
type Entry struct {
	Key      string // http.addr
	Variable string // SHOP_HTTP_ADDR
	Value    string // a secret is not shown
	Source   string // such as config.yaml:12, SHOP_HTTP_ADDR, --http.addr, --set or default

	value any
}

// Entry returns the entry of the key, or one without a source if there is no such
// key.
func (l Loaded) Entry(path string) Entry {
	for _, e := range l {
		if e.Key == path {
			return e
		}
	}
	return Entry{Key: path}
}

// Changed returns the entries of l whose values differ from those in before.
func (l Loaded) Changed(before Loaded) []Entry {
	var changed []Entry
	for i, e := range l {
		if !reflect.DeepEqual(e.value, before[i].value) {
			changed = append(changed, e)
		}
	}
	return changed
}

func newEntry(k *key, source string) Entry {
	e := Entry{Key: k.path, Variable: k.variable, Value: show(k.field), Source: source, value: k.field.Interface()}
	switch {
	case source == "":
		e.Source = notSet
	case strings.HasPrefix(source, builtIn):
		e.Source = "default"
	}
	return e
}

// show returns a value as it is written in a file.
func show(v reflect.Value) string {
	if d, ok := v.Interface().(time.Duration); ok {
		return showDuration(d)
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return "(" + err.Error() + ")"
		}
		return quoted(string(text))
	}
	switch v.Kind() {
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = show(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.String:
		return quoted(v.String())
	default:
		return fmt.Sprint(v.Interface())
	}
}

// showDuration omits units that are zero: 2m, not 2m0s.
func showDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
