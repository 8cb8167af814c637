package jsoncodec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ReadBool reads true or false.
func ReadBool[T ~bool](r *Reader) T {
	text, _ := r.scalar("must be true or false", jsontext.KindTrue, jsontext.KindFalse)
	return string(text) == "true"
}

const notWhole = "must be a whole number"

// whole reads a number whose value is an integer, such as 12, 12.0 or 1.2e1, and
// returns its digits. If it is something else, whole reports that and returns 0.
func (r *Reader) whole() string {
	text, ok := r.scalar(notWhole, jsontext.KindNumber)
	if !ok {
		return "0"
	}
	if bytes.ContainsAny(text, ".eE") || string(text) == "-0" {
		digits, isWhole := expand(string(text))
		if !isWhole {
			r.violate(notWhole)
		}
		return digits
	}
	return string(text)
}

// shortest matches a whole number as one writes it without need to do otherwise.
var shortest = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// Plain has read take a whole number in a path only in its shortest form: 42, but not 042, 42.0
// or 4.2e1. So there is one path of each.
func Plain[T any](read func(*Reader) T) func(*Reader) T {
	return func(r *Reader) (value T) {
		if !shortest.Match(r.plain) {
			r.violate("must be a whole number in its shortest form, such as 42")
			return value
		}
		return read(r)
	}
}

// expand writes a JSON number without fraction and exponent, or returns 0 and false
// if its value is not an integer. It writes at most 20 of the zeros that an exponent
// stands for: no integer type holds more.
func expand(number string) (digits string, isWhole bool) {
	number, negative := strings.CutPrefix(number, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(number), "e")
	integer, fraction, _ := strings.Cut(mantissa, ".")
	exponent, _ := strconv.ParseInt(power, 10, 32) // the nearest, if it is out of range; 0 if there is none
	all := strings.TrimLeft(integer+fraction, "0")
	digits = strings.TrimRight(all, "0")
	zeros := int(exponent) - len(fraction) + len(all) - len(digits)
	switch {
	case digits == "":
		return "0", true
	case zeros < 0:
		return "0", false
	}
	digits += strings.Repeat("0", min(zeros, 20))
	if negative {
		digits = "-" + digits
	}
	return digits, true
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
