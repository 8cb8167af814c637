// Package jsoncodec reads and writes JSON without reflection and without tags on
// the types of the domain. It is what the derived package jsonwire is made of, and
// what one uses to write such a function by hand.
//
// To write a value, append its parts:
//
//	func AppendLine(b []byte, v order.Line) []byte {
//		b = jsoncodec.AppendString(append(b, `{"product":`...), v.Product)
//		b = jsoncodec.AppendInt(append(b, `,"quantity":`...), v.Quantity)
//		return append(b, '}')
//	}
//
// To read one, write a function that takes a [Reader], and pass it to [Decode] for
// what a client sent, which reports every field that is missing, unknown or wrong, or
// to [Read] for what the service itself has written, perhaps in another version:
//
//	func readLine(r *jsoncodec.Reader) (v order.Line) {
//		var seen [2]bool
//		o := r.Object()
//		for o.Next() {
//			switch string(o.Name) {
//			case "product":
//				o.Member(&seen[0])
//				v.Product = jsoncodec.ReadString[string](r)
//			case "quantity":
//				o.Member(&seen[1])
//				v.Quantity = jsoncodec.ReadInt[int](r)
//			default:
//				o.Unknown()
//			}
//		}
//		o.Require(seen[:], "product", "quantity")
//		return v
//	}
//
// Names of members are in snake_case, times in RFC 3339 and UTC, durations as Go
// writes them, bytes in base64; a nil slice or map is null.
package jsoncodec

import (
	"bytes"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Reader reads one JSON value. It continues after a wrong value, so that every one
// is reported, and stops where the text is not JSON.
type Reader struct {
	data   []byte
	next   int // the offset to continue at
	broken *SyntaxError

	// A strict reader reads what a client sent: no member may be missing, unknown
	// or duplicate. Otherwise an earlier or later version may have written it.
	strict bool
	wrong  kit.Violations

	path []pathStep // to the current value
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

// maxWrong is how many wrong values are reported.
const maxWrong = 100

// Decode reads what a client sent. The error is Invalid: either it wraps a
// *SyntaxError, or it names every field that is missing, unknown, duplicate or wrong.
// The subject, such as "order", is what the message calls the value.
func Decode[T any](data []byte, subject string, read func(*Reader) T) (T, error) {
	r := newReader(data, true)
	v := read(r)
	return v, r.finish(subject)
}

// Read reads what this service has written, in this version or another: members that
// are unknown or missing do not matter. The error is Internal.
func Read[T any](data []byte, subject string, read func(*Reader) T) (T, error) {
	r := newReader(data, false)
	v := read(r)
	return v, r.finish(subject)
}

func newReader(data []byte, strict bool) *Reader {
	r := &Reader{data: data, strict: strict}
	r.path = r.room[:0]
	if !utf8.Valid(data) {
		r.fail("invalid UTF-8")
	}
	return r
}

// finish returns what was wrong with the whole value.
func (r *Reader) finish(subject string) error {
	if r.peek(); r.next < len(r.data) {
		r.fail("more data after the value")
	}
	code := kit.Internal
	if r.strict {
		code = kit.Invalid
	}
	if r.broken != nil {
		return kit.Wrap(code, r.broken, "cannot read the "+subject)
	}
	if len(r.wrong) == 0 {
		return nil
	}
	if whole := r.wrong[0]; whole.Field == "" {
		return kit.Errorf(code, "the %s %s", subject, whole.Message)
	}
	return &kit.Error{Code: code, Message: "invalid " + subject, Fields: r.wrong}
}

// peek skips white space and returns the first byte of the next token, or 0 at the
// end.
func (r *Reader) peek() byte {
	for ; r.next < len(r.data); r.next++ {
		switch c := r.data[r.next]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// fail stops at text that is not JSON.
func (r *Reader) fail(problem string) {
	if r.broken == nil {
		r.broken = &SyntaxError{Offset: r.next, Problem: problem}
	}
	r.next = len(r.data)
}

// unexpected fails at the current character.
func (r *Reader) unexpected() {
	if r.next >= len(r.data) {
		r.fail("unexpected end")
		return
	}
	r.fail("unexpected " + quoteFirst(r.data[r.next:]))
}

// expect reads the punctuation mark and reports whether it was there.
func (r *Reader) expect(mark byte) bool {
	if r.peek() != mark {
		r.unexpected()
		return false
	}
	r.next++
	return true
}

// literal reads true, false or null.
func (r *Reader) literal(word string) bool {
	if !bytes.HasPrefix(r.data[r.next:], []byte(word)) {
		r.unexpected()
		return false
	}
	r.next += len(word)
	return true
}

// null reads null if it is there, and reports whether it was.
func (r *Reader) null() bool { return r.peek() == 'n' && r.literal("null") }

// refuse skips a value of the wrong type and reports the problem. Null counts as
// missing.
func (r *Reader) refuse(problem string) {
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

// violate reports what is wrong with the current value.
func (r *Reader) violate(problem string) {
	if len(r.wrong) < maxWrong {
		r.wrong = append(r.wrong, kit.FieldError{Field: r.where(), Message: problem})
	}
}
