package app

import (
	"io"
	"os"
)

// paint colours what a person reads in a terminal, and nothing else.
type paint struct{ on bool }

// paintFor returns the paint for a writer: none where it is no terminal or the
// variable NO_COLOR is set.
func (p Program) paintFor(w io.Writer) paint {
	f, ok := w.(*os.File)
	if !ok || p.variable("NO_COLOR") != "" || p.variable("TERM") == "dumb" {
		return paint{}
	}
	info, err := f.Stat()
	return paint{err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (c paint) bold(s string) string  { return c.in("1", s) }
func (c paint) dim(s string) string   { return c.in("2", s) }
func (c paint) red(s string) string   { return c.in("1;31", s) }
func (c paint) green(s string) string { return c.in("32", s) }

func (c paint) in(code, s string) string {
	if !c.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
