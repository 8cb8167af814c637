package plan

// Refusal is an error of who asks: what was asked for cannot be done, and
// nothing was written.
type Refusal struct{ Reason error }

// Refuse returns err as a refusal, and nil as nil.
func Refuse(err error) error {
	if err == nil {
		return nil
	}
	return Refusal{Reason: err}
}

// Error returns the reason.
func (r Refusal) Error() string { return r.Reason.Error() }

// Unwrap returns the reason.
func (r Refusal) Unwrap() error { return r.Reason }
