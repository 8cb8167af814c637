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

// What is shown of an error at most.
const (
	mostLines   = 20
	longestLine = 500 // characters
	longestPath = 80
)

// shown returns a text that somebody else may have written as it can be shown:
// what moves the cursor, turns the order of letters around or cannot be seen is
// written as its code.
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

// brief returns the beginning of a text that is longer than most characters.
func brief(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// indented returns a text of which further lines stand below the first, behind
// the command's name. Of many lines it returns the first.
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

// plainly returns what an error says. What the system says of a file is put as
// the file and what is wrong with it.
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
