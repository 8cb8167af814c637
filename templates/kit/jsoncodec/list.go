package jsoncodec

import (
	"bytes"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// jsonList is a list that is read element by element: while next, read a value.
type jsonList struct {
	r    *jsonReader
	done bool
}

func (r *jsonReader) openList() jsonList {
	r.next++
	r.enter(elementStep)
	return jsonList{r: r}
}

// next reports whether there is another element.
func (l *jsonList) next() bool {
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

func (l *jsonList) end() bool {
	l.done = true
	l.r.leave()
	return false
}

// takeList reads a list; nil for null.
func takeList[T any](r *jsonReader, take func(*jsonReader) T) []T {
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

// takeMap reads an object of any members; nil for null. Where there are keys,
// there are no others.
func takeMap[K ~string, V any](r *jsonReader, take func(*jsonReader) V, keys ...K) map[K]V {
	if r.null() {
		return nil
	}
	if r.peek() != '{' {
		r.refuse("must be an object")
		return nil
	}
	values := map[K]V{}
	for o := r.openObject(keyStep); o.next(); {
		key := K(o.name)
		if _, known := values[key]; known {
			o.twice()
		}
		if r.strict {
			checkKey(r, o.name, key, keys)
		}
		values[key] = take(r)
	}
	return values
}

func checkKey[K ~string](r *jsonReader, name []byte, key K, keys []K) {
	switch {
	case bytes.IndexByte(name, 0) >= 0:
		r.violate(noNUL)
	case len(keys) > 0 && !slices.Contains(keys, key):
		r.violate("must be " + oneOf(keys))
	}
}

// takeOptional reads a value; nil for null.
func takeOptional[T any](r *jsonReader, take func(*jsonReader) T) *T {
	if r.null() {
		return nil
	}
	value := take(r)
	return &value
}

// takeListing reads a page of a list.
func takeListing[T any](r *jsonReader, take func(*jsonReader) T) (l kit.Listing[T]) {
	var seen [2]bool
	o := r.object()
	for o.next() {
		switch string(o.name) {
		case "items":
			o.member(&seen[0])
			l.Items = takeList(r, take)
		case "next":
			o.member(&seen[1])
			l.Next = takeUUID(r)
		default:
			o.unknown()
		}
	}
	o.require(seen[:], "items", "")
	return l
}
