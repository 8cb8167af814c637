package sqlstore

// Text returns a column that holds the text of a value, which parse reads: as JSON does, for
// a value of one text.
func Text[T any](value *T, text func(*T) string, parse func(string) (T, error)) any {
	return JSON(value, appending(text), parsing(parse))
}

// OptionalText is Text for a pointer: NULL stands for nil.
func OptionalText[T any](value **T, text func(*T) string, parse func(string) (T, error)) any {
	return OptionalJSON(value, appending(text), parsing(parse))
}

func appending[T any](text func(*T) string) func([]byte, T) []byte {
	return func(b []byte, v T) []byte { return append(b, text(&v)...) }
}

func parsing[T any](parse func(string) (T, error)) func([]byte) (T, error) {
	return func(b []byte) (T, error) { return parse(string(b)) }
}
