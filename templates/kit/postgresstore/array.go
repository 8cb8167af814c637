package postgresstore

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// arrayText writes an array of the values of one column as the server reads it.
func arrayText(values []any) string {
	b := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendElement(b, v)
	}
	return string(append(b, '}'))
}

// elementEscaper escapes what is special in an element in quotes.
var elementEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// appendElement writes a value that Encoding.Value has returned.
func appendElement(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "NULL"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case time.Time:
		return quote(b, string(pq.FormatTimestamp(v)))
	case []byte:
		if v == nil {
			return append(b, "NULL"...)
		}
		return append(hex.AppendEncode(append(b, `"\\x`...), v), '"')
	case string:
		return quote(b, v)
	default:
		return quote(b, fmt.Sprint(v))
	}
}

func quote(b []byte, text string) []byte {
	b = append(b, '"')
	b = append(b, elementEscaper.Replace(text)...)
	return append(b, '"')
}
