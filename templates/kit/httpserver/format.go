package httpserver

import (
	"encoding"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// FormatString writes what ParseString and ParseEnum read.
func FormatString[T ~string](value T) string { return string(value) }

// FormatBool writes what ParseBool reads.
func FormatBool[T ~bool](value T) string { return strconv.FormatBool(bool(value)) }

// FormatInt writes what ParseInt reads.
func FormatInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](value T) string {
	return strconv.FormatInt(int64(value), 10)
}

// FormatUint writes what ParseUint reads.
func FormatUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](value T) string {
	return strconv.FormatUint(uint64(value), 10)
}

// FormatFloat writes what ParseFloat reads.
func FormatFloat[T ~float32 | ~float64](value T) string {
	return strconv.FormatFloat(float64(value), 'g', -1, bitsOf(value))
}

// FormatTime writes what ParseTime reads.
func FormatTime(value time.Time) string { return value.UTC().Format(time.RFC3339Nano) }

// FormatDuration writes what ParseDuration reads.
func FormatDuration(value time.Duration) string { return value.String() }

// FormatUUID writes what ParseUUID reads.
func FormatUUID(value kit.UUID) string { return value.String() }

// FormatBytes writes what ParseBytes reads.
func FormatBytes[T ~[]byte](value T) string { return base64.StdEncoding.EncodeToString(value) }

// FormatText writes what ParseText reads. A value that cannot be marshaled is sent as
// the empty string, for the service to refuse.
func FormatText[T any, P interface {
	*T
	encoding.TextMarshaler
}](value T) string {
	text, err := P(&value).MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}
