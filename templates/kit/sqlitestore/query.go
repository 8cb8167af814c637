package sqlitestore

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
)

// In returns values as an argument $1 of a condition IN (SELECT "value" FROM json_each($1)).
// UUIDs are in hexadecimal: SELECT unhex("value").
func In[T any](values []T) any { return list[T](values) }

type list[T any] []T

// Value returns the values as JSON: see driver.Valuer.
func (l list[T]) Value() (driver.Value, error) {
	kept := make([]any, len(l))
	for i, v := range l {
		value, err := encoding.Value(v)
		if err != nil {
			return nil, err
		}
		switch v := value.(type) {
		case []byte:
			value = hex.EncodeToString(v)
		case float64:
			value = number(v)
		}
		kept[i] = value
	}
	text, err := json.Marshal(kept)
	return string(text), err
}

// number returns a number as it is in JSON, which knows none that is infinite: one that is too large
// is read as such. What is not a number is equal to nothing.
func number(f float64) any {
	switch {
	case math.IsNaN(f):
		return nil
	case math.IsInf(f, 0):
		return json.RawMessage(strconv.FormatFloat(math.Copysign(9, f), 'f', 0, 64) + "e999")
	}
	return f
}
