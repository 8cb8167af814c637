package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// readable reports whether parse can read a value of the type.
func readable(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(textType) {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Slice:
		return t.Elem().Kind() != reflect.Slice && readable(t.Elem())
	default:
		return false
	}
}

// wanted says what a value of the type looks like.
func wanted(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 500ms, 15s or 1m30s"
	case isList(t):
		return "a list such as [a, b]"
	case reflect.PointerTo(t).Implements(textType):
		return "a text"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && !reflect.PointerTo(t).Implements(textType)
}

// parse reads a text as a value of the type. The error says what is wrong with
// it and what is allowed, without repeating it.
func parse(text string, t reflect.Type) (reflect.Value, error) {
	v := reflect.New(t).Elem()
	if isList(t) {
		return parseList(splitList(text), t)
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return v, u.UnmarshalText([]byte(text))
	}
	var err error
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		err = parseBool(v, text)
	case reflect.Float32, reflect.Float64:
		err = parseFloat(v, text)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		err = parseUint(v, text)
	default:
		if t == durationType {
			err = parseDuration(v, text)
		} else {
			err = parseInt(v, text)
		}
	}
	return v, err
}

// splitList separates the items of a list in a variable or a setting.
func splitList(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	items := strings.Split(text, ",")
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
	}
	return items
}

func parseList(items []string, t reflect.Type) (reflect.Value, error) {
	list := reflect.MakeSlice(t, 0, len(items))
	for i, item := range items {
		v, err := parse(item, t.Elem())
		if err != nil {
			return list, fmt.Errorf("item %d %w", i+1, err)
		}
		list = reflect.Append(list, v)
	}
	return list, nil
}

func parseBool(v reflect.Value, text string) error {
	if text != "true" && text != "false" {
		return errors.New("must be true or false")
	}
	v.SetBool(text == "true")
	return nil
}

func parseDuration(v reflect.Value, text string) error {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return fmt.Errorf("has no unit; write a duration such as %sms, %ss or %sm", text, text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("must be " + wanted(durationType))
	}
	v.SetInt(int64(d))
	return nil
}

func parseInt(v reflect.Value, text string) error {
	bits := v.Type().Bits()
	n, err := strconv.ParseInt(text, 10, bits)
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("must be between %d and %d", int64(-1)<<(bits-1), int64(1)<<(bits-1)-1)
	}
	if err != nil {
		return errors.New("must be a whole number")
	}
	v.SetInt(n)
	return nil
}

func parseUint(v reflect.Value, text string) error {
	bits := v.Type().Bits()
	n, err := strconv.ParseUint(text, 10, bits)
	if errors.Is(err, strconv.ErrRange) || strings.HasPrefix(text, "-") {
		return fmt.Errorf("must be a whole number between 0 and %d", uint64(math.MaxUint64)>>(64-bits))
	}
	if err != nil {
		return errors.New("must be a whole number")
	}
	v.SetUint(n)
	return nil
}

func parseFloat(v reflect.Value, text string) error {
	f, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return errors.New("must be a number")
	}
	v.SetFloat(f)
	return nil
}
