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

// isJSON reports whether the decoder returned no error. It stops at the first one.
func (r *Reader) isJSON(err error) bool {
	if err == nil || r.broken != nil {
		return err == nil
	}
	r.broken = &SyntaxError{Offset: int(r.decoder.InputOffset()), Problem: err.Error()}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		r.broken.Offset, r.broken.Problem = int(e.ByteOffset), e.Err.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.broken.Problem = "unexpected end"
	}
	return false
}
