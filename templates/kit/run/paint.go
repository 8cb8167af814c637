package run

import (
	"io"
	"os"
)

// terminalPaint colours what is written to a terminal, and nothing else.
type terminalPaint struct{ on bool }

// paintFor returns the paint for a writer: none if it is not a terminal or the
// variable NO_COLOR is set.
func paintFor(w io.Writer) terminalPaint {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return terminalPaint{}
	}
	info, err := f.Stat()
	return terminalPaint{err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (c terminalPaint) bold(s string) string  { return c.in("1", s) }
func (c terminalPaint) dim(s string) string   { return c.in("2", s) }
func (c terminalPaint) red(s string) string   { return c.in("1;31", s) }
func (c terminalPaint) green(s string) string { return c.in("32", s) }

func (c terminalPaint) in(code, s string) string {
	if !c.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
