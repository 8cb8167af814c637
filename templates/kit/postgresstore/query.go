package postgresstore

import "database/sql/driver"

// In returns values as an argument $1 of a condition such as = ANY($1::text[]).
func In[T any](values []T) any { return list[T](values) }

type list[T any] []T

// Value returns the values as an array: see driver.Valuer.
func (l list[T]) Value() (driver.Value, error) {
	rows := make([][]any, len(l))
	for i, v := range l {
		value, err := encoding.Value(v)
		if err != nil {
			return nil, err
		}
		rows[i] = []any{value}
	}
	return arraysOf(rows, 1)[0].(driver.Valuer).Value()
}
