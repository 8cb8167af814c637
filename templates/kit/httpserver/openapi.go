package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// object is a JSON object whose members keep the order in which they were
// written, since whoever wrote the document had a reader in mind.
type object []member

type member struct {
	name  string
	value any // object, []any, string, json.Number, bool or nil
}

// readOrdered reads one JSON value.
func readOrdered(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	value, err := readValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one value")
	}
	return value, nil
}

func readValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return readObject(d)
	case json.Delim('['):
		return readArray(d)
	}
	return token, nil
}

func readObject(d *json.Decoder) (object, error) {
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := readValue(d)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name.(string), value}) // the decoder lets no other name pass
	}
	_, err := d.Token()
	return o, err
}

func readArray(d *json.Decoder) ([]any, error) {
	a := []any{}
	for d.More() {
		value, err := readValue(d)
		if err != nil {
			return nil, err
		}
		a = append(a, value)
	}
	_, err := d.Token()
	return a, err
}

// get returns the value of the member, nil where there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// object returns the member, empty where it is none.
func (o object) object(name string) object {
	found, _ := o.get(name).(object)
	return found
}

// text returns the member, "" where it is no text.
func (o object) text(name string) string {
	found, _ := o.get(name).(string)
	return found
}

// list returns the member, empty where it is none.
func (o object) list(name string) []any {
	found, _ := o.get(name).([]any)
	return found
}

// objects returns the objects of the member's list.
func (o object) objects(name string) []object {
	var found []object
	for _, v := range o.list(name) {
		if element, ok := v.(object); ok {
			found = append(found, element)
		}
	}
	return found
}

// resolve follows a reference within the document, such as
// "#/components/schemas/Order". The name is that of what it refers to, "" where
// o is no reference.
func (o object) resolve(document object) (target object, name string) {
	for range 8 { // more would be a circle
		ref, ok := strings.CutPrefix(o.text("$ref"), "#/")
		if !ok {
			return o, name
		}
		o = document
		for step := range strings.SplitSeq(ref, "/") {
			name = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
			o = o.object(name)
		}
	}
	return object{}, name
}
