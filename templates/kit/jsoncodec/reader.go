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
//		var seen [2]bool
//		o := r.Object()
//		for o.Next() {
//			switch string(o.Name) {
//			case "product":
//				seen[0] = true
//				v.Product = jsoncodec.ReadString[string](r)
//			case "quantity":
//				seen[1] = true
//				v.Quantity = jsoncodec.ReadInt[int](r)
//			default:
//				o.Unknown()
//			}
//		}
//		o.Require(seen[:], "product", "quantity")
//		return v
//	}
//
// Names are in snake_case, times in RFC 3339 and UTC, durations as in Go (1m30s), and
// bytes in base64. A nil slice or map is null.
package jsoncodec

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Reader reads a JSON value. It continues after a wrong value, so that all of them are
// reported, and stops at text that is not JSON.
type Reader struct {
	decoder jsontext.Decoder
	source  bytes.Buffer
	broken  *SyntaxError
	plain   []byte // what Parse reads instead of JSON, or nil

	// A strict reader reads what a client sent: no member may be missing or
	// unknown. Otherwise an earlier or later version may have written it.
	strict bool
	wrong  kit.Violations
	maps   []int // the depths of the objects that are read as maps
}

var readers = sync.Pool{New: func() any { return new(Reader) }}

// maxWrong is how many wrong values are reported.
const maxWrong = 100

// Decode decodes data from a client. The error is Invalid: either it wraps a
// *SyntaxError, or it names every field that is missing, unknown or wrong.
// The subject, such as "order", is what the message calls the value.
func Decode[T any](data []byte, subject string, read func(*Reader) T) (T, error) {
	return decode(data, true, subject, read)
}

// Read decodes data that the service itself has written, in this or another version:
// unknown and missing members are ignored. The error is Internal.
func Read[T any](data []byte, subject string, read func(*Reader) T) (T, error) {
	return decode(data, false, subject, read)
}

func decode[T any](data []byte, strict bool, subject string, read func(*Reader) T) (T, error) {
	r := readers.Get().(*Reader)
	r.reset(data, strict)
	v := read(r)
	err := r.finish(subject)
	readers.Put(r)
	return v, err
}

func (r *Reader) reset(data []byte, strict bool) {
	r.source = *bytes.NewBuffer(data)
	r.decoder.Reset(&r.source, jsontext.AllowDuplicateNames(!strict))
	r.broken, r.plain, r.strict, r.wrong, r.maps = nil, nil, strict, nil, r.maps[:0]
}

// finish returns an error that says everything that is wrong with the value.
func (r *Reader) finish(subject string) error {
	if r.broken == nil {
		r.end()
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

// end fails unless only white space is left.
func (r *Reader) end() {
	offset := int(r.decoder.InputOffset())
	if _, err := r.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		r.broken = &SyntaxError{Offset: offset, Problem: "more data after the value"}
	}
}

// scalar reads a value of one of the kinds and returns its text. If the value is
// something else, it reports the problem.
func (r *Reader) scalar(problem string, kinds ...jsontext.Kind) (text jsontext.Value, ok bool) {
	if r.plain != nil {
		text = jsontext.Value(r.plain)
		if !slices.Contains(kinds, text.Kind()) || !text.IsValid() {
			r.violate(problem)
			return nil, false
		}
		return text, true
	}
	if !slices.Contains(kinds, r.decoder.PeekKind()) {
		r.refuse(problem)
		return nil, false
	}
	return r.value()
}

// value reads a value and returns its text.
func (r *Reader) value() (text jsontext.Value, ok bool) {
	text, err := r.decoder.ReadValue()
	if err != nil {
		r.fail(err)
	}
	return text, err == nil
}

// open reads the beginning of a list or an object. If the value is something else, it
// reports the problem.
func (r *Reader) open(kind jsontext.Kind, problem string) bool {
	if r.decoder.PeekKind() != kind {
		r.refuse(problem)
		return false
	}
	return r.token()
}

// more reports whether there is another element or member. If not, it reads the end.
func (r *Reader) more(end jsontext.Kind) bool {
	if r.broken != nil {
		return false
	}
	switch r.decoder.PeekKind() {
	case end, jsontext.KindInvalid:
		r.token()
		return false
	}
	return true
}

// token reads a token and reports whether there is one.
func (r *Reader) token() bool {
	_, err := r.decoder.ReadToken()
	if err != nil {
		r.fail(err)
	}
	return err == nil
}

// null reads null if it is there, and reports whether it was.
func (r *Reader) null() bool { return r.decoder.PeekKind() == jsontext.KindNull && r.token() }

// skip skips a value.
func (r *Reader) skip() {
	if err := r.decoder.SkipValue(); err != nil {
		r.fail(err)
	}
}

// refuse skips a value of the wrong type and reports the problem. Null counts as
// missing.
func (r *Reader) refuse(problem string) {
	missing := r.decoder.PeekKind() == jsontext.KindNull
	r.skip()
	switch {
	case r.broken != nil:
	case !missing:
		r.violate(problem)
	case r.strict:
		r.violate("is required")
	}
}

// violate reports what is wrong with the current value.
func (r *Reader) violate(problem string) { r.violateMember("", problem) }

// violateMember reports what is wrong with a member of the current value.
func (r *Reader) violateMember(name, problem string) {
	if len(r.wrong) < maxWrong {
		r.wrong = append(r.wrong, kit.FieldError{Field: r.path(name), Message: problem})
	}
}

// path returns the path to a member of the current value, such as lines[2].quantity, or
// to the value itself if name is "".
func (r *Reader) path(name string) string {
	var b strings.Builder
	depth := 0
	for step := range r.decoder.StackPointer().Tokens() {
		depth++
		if kind, _ := r.decoder.StackIndex(depth); kind == jsontext.KindBeginArray || slices.Contains(r.maps, depth) {
			b.WriteString("[" + shortName(step) + "]")
			continue
		}
		appendMember(&b, shortName(step))
	}
	if name != "" {
		appendMember(&b, name)
	}
	return b.String()
}

func appendMember(path *strings.Builder, name string) {
	if path.Len() > 0 {
		path.WriteByte('.')
	}
	path.WriteString(name)
}

// shortName truncates a name, since clients can send names of any length.
func shortName(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…" // a rune may be cut in two
}
