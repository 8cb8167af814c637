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
			l.Next = ReadUUID(r)
		default:
			o.Unknown()
		}
	}
	return l
}
