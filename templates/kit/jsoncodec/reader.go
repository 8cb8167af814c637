// Package jsoncodec encodes and decodes JSON without reflection and without struct tags
// in the domain. The derived package jsonwire uses it, and so do such functions written by
// hand.
//
// To encode a value, append its parts:
//
//	func AppendLine(b []byte, v order.Line) []byte {
//		b = jsoncodec.AppendString(append(b, `{"product":`...), v.Product)
//		b = jsoncodec.AppendInt(append(b, `,"quantity":`...), v.Quantity)
//		return append(b, '}')
//	}
//
// To decode a value, write a function that takes a [Reader]. Pass it to [Decode] for data
// from clients, which reports every field that is missing, unknown or wrong, or to [Read]
// for data that the service itself has written, perhaps in another version:
//
//	func readLine(r *jsoncodec.Reader) (v order.Line) {
//		o := r.Object("product", "quantity") // the required members
//		for o.Next() {
//			switch string(o.Name) {
//			case "product":
//				v.Product = jsoncodec.ReadString[string](r)
//			case "quantity":
//				v.Quantity = jsoncodec.ReadInt[int](r)
//			default:
//				o.Unknown()
//			}
//		}
//		return v
//	}
//
// Names are in snake_case, times in RFC 3339 and UTC, durations as in Go (1m30s), and
// bytes in base64. A nil slice or map is null.
package jsoncodec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Reader reads a JSON value. It continues after a wrong value, so that all of them are
// reported, and stops at text that is not JSON.
type Reader struct {
	decoder *jsontext.Decoder
	broken  *SyntaxError
	plain   jsontext.Value // what Parse reads, or nil

	// A strict reader reads what a client sent: no member may be missing or
	// unknown. Otherwise an earlier or later version may have written it.
	strict bool
	wrong  kit.Violations
	maps   []int // the depths of the objects that are read as maps
}

// maxWrong is how many wrong values are reported.
const maxWrong = 100

// Decode decodes data from a client. The error is Invalid: either it wraps a
// *SyntaxError, or it names every field that is missing, unknown or wrong. What could be
// read is returned beside it, so that the rules for the other fields can be checked as well.
// The subject, such as "order", is what the message calls the value.
func Decode[T any](data []byte, subject string, read func(*Reader) T) (T, error) {
	r := newReader(data, true)
	v := read(r)
	return v, r.finish(kit.Invalid, subject)
}

// Read decodes data that the service itself has written, in this or another version:
// unknown and missing members are ignored. The error is Internal, and nothing is returned
// beside it.
func Read[T any](data []byte, subject string, read func(*Reader) T) (T, error) {
	r := newReader(data, false)
	v := read(r)
	if err := r.finish(kit.Internal, subject); err != nil {
		return *new(T), err
	}
	return v, nil
}

func newReader(data []byte, strict bool) *Reader {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(!strict))
	return &Reader{decoder: decoder, strict: strict}
}

// finish returns an error that says everything that is wrong with the value, after which
// only white space may follow.
func (r *Reader) finish(code kit.Code, subject string) error {
	end := int(r.decoder.InputOffset())
	if _, err := r.decoder.ReadToken(); r.broken == nil && !errors.Is(err, io.EOF) {
		r.broken = &SyntaxError{Offset: end, Problem: "more data after the value"}
	}
	switch {
	case r.broken != nil:
		return kit.Wrap(code, r.broken, "cannot read the "+subject)
	case len(r.wrong) == 0:
		return nil
	case r.wrong[0].Field == "":
		return kit.Errorf(code, "the %s %s", subject, r.wrong[0].Message)
	default:
		return &kit.Error{Code: code, Message: "invalid " + subject, Fields: r.wrong}
	}
}

// scalar reads a value of one of the kinds and returns its text. If the value is
// something else, it reports the problem. Null counts as missing.
func (r *Reader) scalar(problem string, kinds ...jsontext.Kind) (text jsontext.Value, ok bool) {
	if r.plain != nil {
		if ok = slices.Contains(kinds, r.plain.Kind()) && r.plain.IsValid(); !ok {
			r.violate(problem)
		}
		return r.plain, ok
	}
	kind := r.decoder.PeekKind()
	if slices.Contains(kinds, kind) {
		return r.value()
	}
	switch skipped := r.skip(); {
	case skipped && kind != jsontext.KindNull:
		r.violate(problem)
	case skipped && r.strict:
		r.violate("is required")
	}
	return nil, false
}

// skip skips a value and reports whether there is one.
func (r *Reader) skip() bool { return r.isJSON(r.decoder.SkipValue()) }

// value reads a value and returns its text.
func (r *Reader) value() (text jsontext.Value, ok bool) {
	text, err := r.decoder.ReadValue()
	return text, r.isJSON(err)
}

// open reads the beginning of a list or an object. If the value is something else, it
// reports the problem.
func (r *Reader) open(kind jsontext.Kind, problem string) bool {
	if r.decoder.PeekKind() != kind {
		r.scalar(problem)
		return false
	}
	return r.token()
}

// more reports whether there is another element or member. If not, it reads the end.
func (r *Reader) more(end jsontext.Kind) bool {
	kind := r.decoder.PeekKind()
	if r.broken == nil && kind != end && kind != jsontext.KindInvalid {
		return true
	}
	r.token()
	return false
}

// token reads a token and reports whether there is one.
func (r *Reader) token() bool {
	_, err := r.decoder.ReadToken()
	return r.isJSON(err)
}

// null reads null if it is there, and reports whether it was.
func (r *Reader) null() bool { return r.decoder.PeekKind() == jsontext.KindNull && r.token() }

// violate reports what is wrong with the current value.
func (r *Reader) violate(problem string) { r.violateAt("", problem) }

// violateAt reports what is wrong with what is at the path in the current value.
func (r *Reader) violateAt(path, problem string) {
	if len(r.wrong) < maxWrong {
		field := strings.TrimPrefix(r.path()+path, ".")
		r.wrong = append(r.wrong, kit.FieldError{Field: field, Message: problem})
	}
}

// path returns the path to the current value, such as .lines[2].quantity.
func (r *Reader) path() string {
	var b strings.Builder
	depth := 0
	for step := range r.decoder.StackPointer().Tokens() {
		depth++
		if kind, _ := r.decoder.StackIndex(depth); kind == jsontext.KindBeginArray || slices.Contains(r.maps, depth) {
			b.WriteString("[" + shortName(step) + "]")
		} else {
			b.WriteString("." + shortName(step))
		}
	}
	return b.String()
}

// shortName truncates a name, since clients can send names of any length.
func shortName(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…" // a rune may be cut in two
}

// SyntaxError is the cause of an error about text that is not JSON in UTF-8.
type SyntaxError struct {
	Offset  int    // the position in the text, in bytes
	Problem string // what is wrong there
}

// Error returns the offset and the problem.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Problem)
}

// isJSON reports whether the decoder returned no error. It stops at the first one.
func (r *Reader) isJSON(err error) bool {
	if err == nil || r.broken != nil {
		return err == nil
	}
	r.broken = &SyntaxError{Offset: int(r.decoder.InputOffset()), Problem: err.Error()}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		r.broken.Offset, r.broken.Problem = int(e.ByteOffset), e.Err.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.broken.Problem = "unexpected end"
	}
	return false
}
