package openapigen

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object whose members keep their order, for the people who read the
// document.
type object []member

type member struct {
	name  string
	value any // object, []object, []any, []string, string, bool, nil or a number
}

// with returns the object with another member.
func (o object) with(name string, value any) object { return append(o, member{name, value}) }

// get returns the value of a member, or nil.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// object returns a member that is an object, or an empty one.
func (o object) object(name string) object {
	found, _ := o.get(name).(object)
	return found
}

// text returns a member that is a string, or "".
func (o object) text(name string) string {
	found, _ := o.get(name).(string)
	return found
}

// list returns the elements of a member that is a list.
func (o object) list(name string) []any {
	var all []any
	switch v := o.get(name).(type) {
	case []any:
		return v
	case []string:
		for _, s := range v {
			all = append(all, s)
		}
	case []object:
		for _, element := range v {
			all = append(all, element)
		}
	}
	return all
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, part := range []any{m.name, m.value} {
			if j > 0 {
				b.WriteByte(':')
			}
			if err := write(&b, part); err != nil {
				return nil, err
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// write writes a value without escaping HTML.
func write(b *bytes.Buffer, value any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the newline
	return nil
}

// indented returns the value as indented JSON.
func indented(value any) ([]byte, error) {
	var compact, out bytes.Buffer
	if err := write(&compact, value); err != nil {
		return nil, err
	}
	if err := json.Indent(&out, compact.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
