package sqlitestore

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
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
		if b, ok := value.([]byte); ok {
			value = hex.EncodeToString(b)
		}
		kept[i] = value
	}
	text, err := json.Marshal(kept)
	return string(text), err
}
