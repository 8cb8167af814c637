package plan

// Refusal is an error in a request: it cannot be carried out, and nothing was written.
type Refusal struct{ Reason error }

// Refuse returns err as a Refusal, or nil if err is nil.
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
