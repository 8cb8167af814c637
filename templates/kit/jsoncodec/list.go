package jsoncodec

import (
	"bytes"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// list reads a list element by element: while next reports true, read a value.
type list struct {
	r    *Reader
	done bool
}

func (r *Reader) openList() list {
	r.next++
	r.enter(elementStep)
	return list{r: r}
}

// next reports whether there is another element.
func (l *list) next() bool {
	if l.done {
		return false
	}
	r := l.r
	if r.peek() == ']' {
		r.next++
		return l.end()
	}
	step := r.step()
	step.index++
	if step.index > 0 && !r.expect(',') {
		return l.end()
	}
	if r.peek() == ']' {
		r.unexpected()
		return l.end()
	}
	return true
}

func (l *list) end() bool {
	l.done = true
	l.r.leave()
	return false
}

// ReadList reads a list, or nil for null.
func ReadList[T any](r *Reader, take func(*Reader) T) []T {
	if r.null() {
		return nil
	}
	if r.peek() != '[' {
		r.refuse("must be a list")
		return nil
	}
	values := []T{}
	for l := r.openList(); l.next(); {
		values = append(values, take(r))
	}
	return values
}

// ReadMap reads an object as a map, or nil for null. If keys are given, a client may
// send no others.
func ReadMap[K ~string, V any](r *Reader, take func(*Reader) V, keys ...K) map[K]V {
	if r.null() {
		return nil
	}
	if r.peek() != '{' {
		r.refuse("must be an object")
		return nil
	}
	values := map[K]V{}
	for o := r.openObject(keyStep); o.Next(); {
		key := K(o.Name)
		if _, known := values[key]; known {
			o.duplicate()
		}
		if r.strict {
			checkKey(r, o.Name, key, keys)
		}
		values[key] = take(r)
	}
	return values
}

func checkKey[K ~string](r *Reader, name []byte, key K, keys []K) {
	switch {
	case bytes.IndexByte(name, 0) >= 0:
		r.violate(noNUL)
	case len(keys) > 0 && !slices.Contains(keys, key):
		r.violate("must be " + oneOf(keys))
	}
}

// ReadOptional reads a value, or nil for null.
func ReadOptional[T any](r *Reader, take func(*Reader) T) *T {
	if r.null() {
		return nil
	}
	value := take(r)
	return &value
}

// ReadListing reads a page of a list.
func ReadListing[T any](r *Reader, take func(*Reader) T) (l kit.Listing[T]) {
	var seen [2]bool
	o := r.Object()
	for o.Next() {
		switch string(o.Name) {
		case "items":
			o.Member(&seen[0])
			l.Items = ReadList(r, take)
		case "next":
			o.Member(&seen[1])
			l.Next = ReadUUID(r)
		default:
			o.Unknown()
		}
	}
	o.Require(seen[:], "items", "")
	return l
}
