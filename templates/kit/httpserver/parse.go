package httpserver

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

var (
	errNotText     = errors.New("must be UTF-8 text without NUL")
	errNotBool     = errors.New("must be true or false")
	errNotFloat    = errors.New("must be a number")
	errNotTime     = errors.New("must be an RFC 3339 time such as 2006-01-02T15:04:05Z")
	errNotDuration = errors.New("must be a duration such as 1m30s")
	errNotBytes    = errors.New("must be base64")
	errNotUUID     = errors.New("must be a UUID")
)

// ParseString reads text.
func ParseString[T ~string](text string) (T, error) {
	if !validText(text) {
		return "", errNotText
	}
	return T(text), nil
}

// ParseEnum returns a function that reads one of the values.
func ParseEnum[T ~string](values ...T) func(string) (T, error) {
	return func(text string) (T, error) {
		if slices.Contains(values, T(text)) {
			return T(text), nil
		}
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = string(v)
		}
		return "", errors.New("must be one of " + strings.Join(names, ", "))
	}
}

// ParseBool reads true or false.
func ParseBool[T ~bool](text string) (T, error) {
	if text != "true" && text != "false" {
		return false, errNotBool
	}
	return text == "true", nil
}

// ParseInt reads a whole number that fits T.
func ParseInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](text string) (T, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || int64(T(n)) != n || strings.HasPrefix(text, "+") {
		return 0, outOfRange[T](err)
	}
	return T(n), nil
}

// ParseUint reads a whole number that fits T.
func ParseUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](text string) (T, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || uint64(T(n)) != n {
		return 0, outOfRange[T](err)
	}
	return T(n), nil
}

func outOfRange[T any](err error) error {
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return errors.New("must be a whole number")
	}
	var zero T
	return fmt.Errorf("must be a whole number of at most %d bits", bitsOf(zero))
}

// ParseFloat reads a finite number.
func ParseFloat[T ~float32 | ~float64](text string) (T, error) {
	if !looksLikeNumber(text) {
		return 0, errNotFloat
	}
	var zero T
	n, err := strconv.ParseFloat(text, bitsOf(zero))
	if err != nil {
		return 0, errNotFloat
	}
	return T(n), nil
}

// ParseTime reads a time in RFC 3339 and returns it in UTC, truncated to microseconds.
func ParseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, errNotTime
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// ParseDuration reads a duration in the form of time.ParseDuration.
func ParseDuration[T ~int64](text string) (T, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errNotDuration
	}
	return T(d), nil
}

// ParseUUID reads a UUID.
func ParseUUID(text string) (kit.UUID, error) {
	id, err := kit.ParseUUID(text)
	if err != nil {
		return id, errNotUUID
	}
	return id, nil
}

// ParseBytes reads base64.
func ParseBytes[T ~[]byte](text string) (T, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errNotBytes
	}
	return b, nil
}

// ParseText reads text with UnmarshalText.
func ParseText[T any, P interface {
	*T
	UnmarshalText(text []byte) error
}](text string) (T, error) {
	var value T
	if !validText(text) {
		return value, errNotText
	}
	return value, P(&value).UnmarshalText([]byte(text))
}
