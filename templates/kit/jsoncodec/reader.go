// Package jsoncodec writes the types of the domain as JSON and reads them back,
// without reflection and without tags on the types. What differs with the types
// is derived; this is what all of it is made of.
//
// Derived are Append… to write, Decode… to read what others sent, Read… to read
// what this service wrote, and NamesOf… for the names of fields in errors.
//
// Members are in snake_case, times RFC 3339 in UTC, durations as Go writes them,
// bytes base64, a nil list or map null.
package jsoncodec

import (
	"bytes"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// jsonReader reads one value. It goes on after a value that is wrong, so that
// every wrong one is named, and stops at what is no JSON.
type jsonReader struct {
	data   []byte
	next   int // where in data to go on
	broken *SyntaxError

	// strict readers read what others sent: nothing may be missing, unknown or
	// twice. Others read what an earlier or a later version may have written.
	strict bool
	wrong  kit.Violations

	path []pathStep // to the value that is read
	room [4]pathStep
}

// pathStep is a member of an object, a key of a map or an element of a list.
type pathStep struct {
	name  []byte
	kind  stepKind
	index int
}

type stepKind byte

const (
	memberStep stepKind = iota
	keyStep
	elementStep
)

// maxWrong is how many wrong values are named.
const maxWrong = 100

// newStrictReader returns a reader of what others sent.
func newStrictReader(data []byte) *jsonReader {
	r := newKeptReader(data)
	r.strict = true
	return r
}

// newKeptReader returns a reader of what this service wrote, in this version or
// another.
func newKeptReader(data []byte) *jsonReader {
	r := &jsonReader{data: data}
	r.path = r.room[:0]
	if !utf8.Valid(data) {
		r.fail("it is not UTF-8")
	}
	return r
}

// finish returns what was wrong: Invalid for what others sent, naming every
// field; otherwise Internal.
func (r *jsonReader) finish(subject string) error {
	if r.peek(); r.next < len(r.data) {
		r.fail("something follows it")
	}
	code := kit.Internal
	if r.strict {
		code = kit.Invalid
	}
	if r.broken != nil {
		return kit.Wrap(code, r.broken, "the "+subject+" cannot be read")
	}
	if len(r.wrong) == 0 {
		return nil
	}
	if whole := r.wrong[0]; whole.Field == "" {
		return kit.Errorf(code, "the %s %s", subject, whole.Message)
	}
	return &kit.Error{Code: code, Message: "invalid " + subject, Fields: r.wrong}
}

// peek goes to the next token and returns the byte that it begins with, 0 at
// the end.
func (r *jsonReader) peek() byte {
	for ; r.next < len(r.data); r.next++ {
		switch c := r.data[r.next]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// fail stops the reading at what is no JSON.
func (r *jsonReader) fail(problem string) {
	if r.broken == nil {
		r.broken = &SyntaxError{Offset: r.next, Problem: problem}
	}
	r.next = len(r.data)
}

// unexpected stops the reading at what cannot stand here.
func (r *jsonReader) unexpected() {
	if r.next >= len(r.data) {
		r.fail("it ends early")
		return
	}
	r.fail("unexpected " + quoteFirst(r.data[r.next:]))
}

// expect reads the mark, and reports whether it was there.
func (r *jsonReader) expect(mark byte) bool {
	if r.peek() != mark {
		r.unexpected()
		return false
	}
	r.next++
	return true
}

// literal reads true, false or null.
func (r *jsonReader) literal(word string) bool {
	if !bytes.HasPrefix(r.data[r.next:], []byte(word)) {
		r.unexpected()
		return false
	}
	r.next += len(word)
	return true
}

// null reads null, and reports whether it was there.
func (r *jsonReader) null() bool { return r.peek() == 'n' && r.literal("null") }

// refuse skips a value that is not what it must be, and notes so. Null is a
// value that is missing.
func (r *jsonReader) refuse(problem string) {
	missing := r.peek() == 'n'
	r.skip(0)
	switch {
	case r.broken != nil:
	case !missing:
		r.violate(problem)
	case r.strict:
		r.violate("is required")
	}
}

// violate notes what is wrong with the value at the path.
func (r *jsonReader) violate(problem string) {
	if len(r.wrong) < maxWrong {
		r.wrong = append(r.wrong, kit.FieldError{Field: r.where(), Message: problem})
	}
}
