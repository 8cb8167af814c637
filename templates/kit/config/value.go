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
	v := reflect.Zero(t)
	switch {
	case reflect.PointerTo(t).Implements(textType):
		return true
	case t.Kind() == reflect.Slice:
		return t.Elem().Kind() != reflect.Slice && readable(t.Elem())
	default:
		return v.CanInt() || v.CanUint() || v.CanFloat() || t.Kind() == reflect.Bool || t.Kind() == reflect.String
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
	if isList(t) {
		return parseList(splitList(text), t)
	}
	v := reflect.New(t).Elem()
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return v, u.UnmarshalText([]byte(text))
	}
	if err := set(v, text); err != nil {
		return v, explain(err, text, t)
	}
	return v, nil
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

// set sets a value to what the text says. The error is for explain.
func set(v reflect.Value, text string) error {
	switch t := v.Type(); {
	case t == durationType:
		d, err := time.ParseDuration(text)
		v.SetInt(int64(d))
		if isNumber(text) { // 0 is a duration in Go
			return strconv.ErrSyntax
		}
		return err
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, t.Bits())
		v.SetInt(n)
		return err
	case v.CanUint():
		n, err := strconv.ParseUint(text, 10, t.Bits())
		v.SetUint(n)
		return err
	case v.CanFloat():
		f, err := strconv.ParseFloat(text, t.Bits())
		v.SetFloat(f)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return strconv.ErrSyntax
		}
		return err
	case t.Kind() == reflect.Bool:
		v.SetBool(text == "true")
		if text != "true" && text != "false" {
			return strconv.ErrSyntax
		}
	default:
		v.SetString(text)
	}
	return nil
}

// explain says why a text is not a value of the type.
func explain(err error, text string, t reflect.Type) error {
	outOfRange, v := errors.Is(err, strconv.ErrRange), reflect.Zero(t)
	switch {
	case t == durationType && isNumber(text):
		return fmt.Errorf("has no unit; write a duration such as %sms, %ss or %sm", text, text, text)
	case v.CanInt() && outOfRange:
		most := int64(math.MaxInt64) >> (64 - t.Bits())
		return fmt.Errorf("must be between %d and %d", -most-1, most)
	case v.CanUint() && (outOfRange || strings.HasPrefix(text, "-")):
		return fmt.Errorf("must be a whole number between 0 and %d", uint64(math.MaxUint64)>>(64-t.Bits()))
	default:
		return errors.New("must be " + wanted(t))
	}
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}
