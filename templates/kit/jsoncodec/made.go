package jsoncodec

// Make returns what a constructor makes of the members of an object that has been read, and
// reports its error. It is not called if a member was missing or wrong.
func Make[T any](o *Object, constructor func() (T, error)) (value T) {
	if o.r == nil || o.r.broken != nil || len(o.r.wrong) > o.wrong {
		return value
	}
	return made(o.r, constructor)
}

// ReadMade reads a string and returns what a constructor makes of it, or reports its error.
func ReadMade[T any](r *Reader, constructor func(text string) (T, error)) (value T) {
	if text, ok := r.text(); ok {
		value = made(r, func() (T, error) { return constructor(string(text)) })
	}
	return value
}

// made returns what a constructor makes of the current value.
func made[T any](r *Reader, constructor func() (T, error)) T {
	value, err := constructor()
	if err != nil {
		r.violate("is invalid: " + err.Error())
	}
	return value
}
