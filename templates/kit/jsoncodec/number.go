package jsoncodec

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// ReadBool reads true or false.
func ReadBool[T ~bool](r *Reader) T {
	switch r.peek() {
	case 't':
		return T(r.literal("true"))
	case 'f':
		r.literal("false")
	default:
		r.refuse("must be true or false")
	}
	return false
}

// number reads a number and returns its text.
func (r *Reader) number() []byte {
	begin := r.next
	if r.data[r.next] == '-' {
		r.next++
	}
	if r.next < len(r.data) && r.data[r.next] == '0' {
		r.next++
	} else {
		r.digits()
	}
	if r.next < len(r.data) && r.data[r.next] == '.' {
		r.next++
		r.digits()
	}
	if r.next < len(r.data) && r.data[r.next]|0x20 == 'e' {
		r.next++
		if r.next < len(r.data) && (r.data[r.next] == '+' || r.data[r.next] == '-') {
			r.next++
		}
		r.digits()
	}
	return r.data[begin:r.next]
}

// digits reads one digit or more.
func (r *Reader) digits() {
	begin := r.next
	for r.next < len(r.data) && isDigit(r.data[r.next]) {
		r.next++
	}
	if r.next == begin {
		r.unexpected()
	}
}

// numeral reads a number. If the value is something else, it reports the problem.
func (r *Reader) numeral(problem string) (text []byte, ok bool) {
	if c := r.peek(); c != '-' && !isDigit(c) {
		r.refuse(problem)
		return nil, false
	}
	text = r.number()
	return text, r.broken == nil
}

const notWhole = "must be a whole number"

// isWhole reports whether a number has no fraction and no exponent.
func isWhole(text []byte) bool {
	return isDigit(text[len(text)-1]) && !containsAny(text, '.', 'e', 'E')
}

func containsAny(text []byte, marks ...byte) bool {
	for _, c := range text {
		for _, m := range marks {
			if c == m {
				return true
			}
		}
	}
	return false
}

// ReadInt reads a whole number that fits T.
func ReadInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](r *Reader) T {
	text, ok := r.numeral(notWhole)
	switch {
	case !ok:
		return 0
	case !isWhole(text):
		r.violate(notWhole)
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
	text, ok := r.numeral(notWhole)
	switch {
	case !ok:
		return 0
	case !isWhole(text):
		r.violate(notWhole)
		return 0
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || uint64(T(n)) != n {
		r.violate(fmt.Sprintf("must be between 0 and %d", uint64(math.MaxUint64)>>(64-reflect.TypeFor[T]().Bits())))
	}
	return T(n)
}

// ReadFloat reads a number. Not strict, it reads "NaN", "Infinity" and "-Infinity" too,
// as AppendFloat writes them.
func ReadFloat[T ~float32 | ~float64](r *Reader) T {
	const problem = "must be a number"
	if !r.strict && r.peek() == '"' {
		return T(r.notFinite(problem))
	}
	text, ok := r.numeral(problem)
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
	text := string(r.text())
	switch text {
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
