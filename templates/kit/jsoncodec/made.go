package jsoncodec

// Make returns what a constructor makes of what it takes, and reports its error. It is not
// called if anything was missing or wrong in that.
func Make[P, T any](r *Reader, read func(*Reader) P, constructor func(P) (T, error)) (value T) {
	before := len(r.wrong)
	taken := read(r)
	if r.broken != nil || len(r.wrong) > before {
		return value
	}
	value, err := constructor(taken)
	if err != nil {
		r.violate("is invalid: " + err.Error())
	}
	return value
}
