package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits on how much of an error is shown.
const (
	mostLines   = 20
	longestLine = 500 // characters
	longestPath = 80
)

// shown makes a text from an untrusted source safe to print: characters that move the
// cursor, change the writing direction or are invisible are escaped.
func shown(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '\n' || strconv.IsPrint(r) && (r != utf8.RuneError || size > 1):
			b.WriteRune(r)
		case r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		text = text[size:]
	}
	return b.String()
}

// brief shortens a text to at most the given number of characters.
func brief(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// indented aligns all lines of a text with the first one, which is printed after the
// command's name. If there are many lines, it returns only the first ones.
func indented(text string) string {
	lines := strings.Split(strings.TrimSpace(shown(text)), "\n")
	if more := len(lines) - mostLines; more > 0 {
		lines = append(lines[:mostLines], fmt.Sprintf("and %d more", more))
	}
	for i := range lines {
		lines[i] = brief(lines[i], longestLine)
	}
	return strings.Join(lines, "\n         ")
}

// plainly returns the text of an error, with errors of the file system shortened to
// the path and what is wrong with it.
func plainly(err error) string {
	text := err.Error()
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		text = strings.ReplaceAll(text, failed.Error(), brief(failed.Path, longestPath)+": "+failed.Err.Error())
	}
	if failed, ok := errors.AsType[*os.LinkError](err); ok {
		text = strings.ReplaceAll(text, failed.Error(), brief(failed.New, longestPath)+": "+failed.Err.Error())
	}
	return text
}
