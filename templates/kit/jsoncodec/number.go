package jsoncodec

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// ReadBool reads true or false.
func ReadBool[T ~bool](r *Reader) T {
	text, _ := r.scalar("must be true or false", jsontext.KindTrue, jsontext.KindFalse)
	return string(text) == "true"
}

const notWhole = "must be a whole number"

// whole reads a number that has no fraction and no exponent.
func (r *Reader) whole() (text jsontext.Value, ok bool) {
	text, ok = r.scalar(notWhole, jsontext.KindNumber)
	if ok && bytes.ContainsAny(text, ".eE") {
		r.violate(notWhole)
		return nil, false
	}
	return text, ok
}

// ReadInt reads a whole number that fits T.
func ReadInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](r *Reader) T {
	text, ok := r.whole()
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || int64(T(n)) != n {
		highest := int64(math.MaxInt64) >> (64 - reflect.TypeFor[T]().Bits())
		r.violate(fmt.Sprintf("must be between %d and %d", -highest-1, highest))
	}
	return T(n)
}

// ReadUint reads a whole number that fits T.
func ReadUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](r *Reader) T {
	text, ok := r.whole()
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || uint64(T(n)) != n {
		r.violate(fmt.Sprintf("must be between 0 and %d", uint64(math.MaxUint64)>>(64-reflect.TypeFor[T]().Bits())))
	}
	return T(n)
}

// ReadFloat reads a number. In data that the service has written, it also reads "NaN",
// "Infinity" and "-Infinity", as AppendFloat writes them.
func ReadFloat[T ~float32 | ~float64](r *Reader) T {
	const problem = "must be a number"
	if !r.strict && r.decoder.PeekKind() == jsontext.KindString {
		return T(r.notFinite(problem))
	}
	text, ok := r.scalar(problem, jsontext.KindNumber)
	if !ok {
		return 0
	}
	bits := reflect.TypeFor[T]().Bits()
	n, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		r.violate(fmt.Sprintf("must fit a %d-bit float", bits))
		return 0
	}
	return T(n)
}

func (r *Reader) notFinite(problem string) float64 {
	text, _ := r.quoted(problem)
	switch string(text) {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	r.violate(problem)
	return 0
}
