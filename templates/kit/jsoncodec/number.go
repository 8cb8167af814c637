package jsoncodec

import (
	"bytes"
	"errors"
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

// whole reads a number that has no fraction and no exponent. If the value is something
// else, it reports that and returns 0.
func (r *Reader) whole() string {
	text, ok := r.scalar(notWhole, jsontext.KindNumber)
	if ok && bytes.ContainsAny(text, ".eE") {
		r.violate(notWhole)
		ok = false
	}
	if !ok {
		return "0"
	}
	return string(text)
}

// ReadInt reads a whole number that fits T.
func ReadInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](r *Reader) T {
	bits := reflect.TypeFor[T]().Bits()
	n, err := strconv.ParseInt(r.whole(), 10, bits)
	if err != nil {
		highest := int64(math.MaxInt64) >> (64 - bits)
		r.violate(fmt.Sprintf("must be between %d and %d", -highest-1, highest))
	}
	return T(n)
}

// ReadUint reads a whole number that fits T.
func ReadUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](r *Reader) T {
	bits := reflect.TypeFor[T]().Bits()
	n, err := strconv.ParseUint(r.whole(), 10, bits)
	if err != nil {
		r.violate(fmt.Sprintf("must be between 0 and %d", uint64(math.MaxUint64)>>(64-bits)))
	}
	return T(n)
}

// ReadFloat reads a number. In data that the service has written, it also reads "NaN",
// "Infinity" and "-Infinity", as AppendFloat writes them.
func ReadFloat[T ~float32 | ~float64](r *Reader) T {
	const problem = "must be a number"
	kinds := []jsontext.Kind{jsontext.KindNumber}
	if !r.strict {
		kinds = append(kinds, jsontext.KindString)
	}
	text, ok := r.scalar(problem, kinds...)
	if !ok {
		return 0
	}
	bits := reflect.TypeFor[T]().Bits()
	n, err := strconv.ParseFloat(string(bytes.Trim(text, `"`)), bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		r.violate(fmt.Sprintf("must fit a %d-bit float", bits))
	case err != nil:
		r.violate(problem)
	}
	return T(n)
}
