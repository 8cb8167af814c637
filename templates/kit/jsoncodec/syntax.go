package jsoncodec

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// SyntaxError is the cause of an error about text that is not JSON in UTF-8.
type SyntaxError struct {
	Offset  int    // the position in the text, in bytes
	Problem string // what is wrong there
}

// Error returns the offset and the problem.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Problem)
}

// fail stops at text that is not JSON.
func (r *Reader) fail(err error) {
	if r.broken != nil {
		return
	}
	r.broken = &SyntaxError{Offset: int(r.decoder.InputOffset()), Problem: err.Error()}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		r.broken.Offset, r.broken.Problem = int(e.ByteOffset), e.Err.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.broken.Problem = "unexpected end"
	}
}
