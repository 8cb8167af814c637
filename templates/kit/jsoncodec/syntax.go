package jsoncodec

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// SyntaxError is the cause of the error that is returned for what is no JSON in
// UTF-8.
type SyntaxError struct {
	Offset  int    // in bytes, of where it stops to be JSON
	Problem string // what is wrong there
}

// Error says where it stops to be JSON, and why.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON at byte %d: %s", e.Offset, e.Problem)
}

// quoteFirst returns the first character, quoted.
func quoteFirst(data []byte) string {
	c, _ := utf8.DecodeRune(data)
	return strconv.QuoteRune(c)
}
