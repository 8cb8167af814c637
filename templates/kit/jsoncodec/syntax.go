package jsoncodec

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// SyntaxError is the cause of the error for text that is not JSON in UTF-8.
type SyntaxError struct {
	Offset  int    // of the first byte that cannot be JSON
	Problem string // what is wrong with it
}

// Error returns the offset and the problem.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Problem)
}

// quoteFirst returns the first character, quoted.
func quoteFirst(data []byte) string {
	c, _ := utf8.DecodeRune(data)
	return strconv.QuoteRune(c)
}
