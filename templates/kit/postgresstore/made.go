package postgresstore

import "github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"

// Text returns a column that holds the text of a value, which parse reads, for use as JSON
// is.
func Text[T any](value *T, text func(*T) string, parse func(string) (T, error)) any {
	return sqlstore.Text(value, text, parse)
}

// OptionalText is Text for a pointer: NULL stands for nil.
func OptionalText[T any](value **T, text func(*T) string, parse func(string) (T, error)) any {
	return sqlstore.OptionalText(value, text, parse)
}
