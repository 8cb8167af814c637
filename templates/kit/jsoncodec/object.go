package jsoncodec

import "github.com/go-json-experiment/json/jsontext"

// Object reads a JSON object member by member: while Next reports true, read the
// value of the member called Name, or call Unknown.
type Object struct {
	// Name is the name of the current member. It is valid until its value is read.
	Name []byte

	r      *Reader
	absent bool // there is no object
}

// Object starts reading an object. If the value is not an object, it reports that and
// returns an Object without members.
func (r *Reader) Object() Object {
	return Object{r: r, absent: !r.open(jsontext.KindBeginObject, "must be an object")}
}

// Next reads the name of the next member and reports whether there is one.
func (o *Object) Next() bool {
	if o.absent || !o.r.more(jsontext.KindEndObject) {
		return false
	}
	name, ok := o.r.value()
	if ok {
		o.Name = unquoted(name)
	}
	return ok
}

// Unknown skips the value of the current member. In data from clients, it reports the
// member as unknown.
func (o *Object) Unknown() {
	if o.r.strict {
		o.r.violate("is unknown")
	}
	o.r.skip()
}

// Require reports members that are missing in data from clients: those whose element of
// seen is false. The names correspond to the elements; "" stands for an optional member.
func (o *Object) Require(seen []bool, names ...string) {
	r := o.r
	if !r.strict || o.absent || r.broken != nil {
		return
	}
	for i, name := range names {
		if name != "" && !seen[i] {
			r.violateMember(name, "is required")
		}
	}
}
