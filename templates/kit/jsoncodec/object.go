package jsoncodec

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Object reads a JSON object member by member: while Next reports true, read the
// value of the member called Name, or call Unknown.
type Object struct {
	// Name is the name of the current member. It is valid until its value is read.
	Name []byte

	r       *Reader  // nil if there is no object
	missing []string // what is required and has not come yet
}

// Object starts reading an object. In data from clients, it must have the required
// members. If the value is not an object, Object reports that and returns one without
// members.
func (r *Reader) Object(required ...string) (o Object) {
	if !r.open(jsontext.KindBeginObject, "must be an object") {
		return o
	}
	o.r = r
	if r.strict {
		o.missing = slices.Clone(required)
	}
	return o
}

// Next reads the name of the next member and reports whether there is one. After the
// last one, it reports the required members that are missing.
func (o *Object) Next() bool {
	if o.r == nil {
		return false
	}
	if !o.r.more(jsontext.KindEndObject) {
		for _, name := range o.missing {
			o.r.violateAt("."+name, "is required")
		}
		return false
	}
	name, ok := o.r.value()
	if !ok {
		return false
	}
	o.Name = unquoted(name)
	o.missing = slices.DeleteFunc(o.missing, func(name string) bool { return name == string(o.Name) })
	return true
}

// Unknown skips the value of the current member. In data from clients, it reports the
// member as unknown.
func (o *Object) Unknown() {
	if o.r.strict {
		o.r.violate("is unknown")
	}
	o.r.skip()
}
