package jsoncodec

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// ReadList reads a list, or nil for null.
func ReadList[T any](r *Reader, read func(*Reader) T) []T {
	if r.null() || !r.open(jsontext.KindBeginArray, "must be a list") {
		return nil
	}
	values := []T{}
	for r.more(jsontext.KindEndArray) {
		values = append(values, read(r))
	}
	return values
}

// ReadMap reads an object as a map, or nil for null. If keys are given, no others are
// allowed in data from clients.
func ReadMap[K ~string, V any](r *Reader, read func(*Reader) V, keys ...K) map[K]V {
	if r.null() {
		return nil
	}
	o := r.Object()
	r.maps = append(r.maps, r.decoder.StackDepth())
	values := map[K]V{}
	for o.Next() {
		key := K(o.Name)
		if !r.hasNUL(o.Name) && r.strict && len(keys) > 0 && !slices.Contains(keys, key) {
			r.violate(mustBeOneOf(keys))
		}
		values[key] = read(r)
	}
	r.maps = r.maps[:len(r.maps)-1]
	return values
}

// ReadOptional reads a value, or nil for null.
func ReadOptional[T any](r *Reader, read func(*Reader) T) *T {
	if r.null() {
		return nil
	}
	return new(read(r))
}

// ReadListing reads a page of a list.
func ReadListing[T any](r *Reader, read func(*Reader) T) (l kit.Listing[T]) {
	o := r.Object("items")
	for o.Next() {
		switch string(o.Name) {
		case "items":
			l.Items = ReadList(r, read)
		case "next":
			l.Next = kit.Cursor(ReadString[string](r))
		default:
			o.Unknown()
		}
	}
	return l
}

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
