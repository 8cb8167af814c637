package storetest

// Pointer returns a pointer to a value, for samples with optional fields.
func Pointer[T any](v T) *T { return &v }
