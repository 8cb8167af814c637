package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// screen is where a command prints: in colour if it is a terminal, and NO_COLOR
// is not set.
type screen struct {
	w      io.Writer
	colour bool
}

func newScreen(w io.Writer) *screen {
	f, ok := w.(*os.File)
	return &screen{w: w, colour: ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s *screen) print(line string) {
	_, _ = fmt.Fprintln(s.w, line) // there is nowhere to tell that there is no screen
}

func (s *screen) printf(format string, args ...any) { s.print(fmt.Sprintf(format, args...)) }

func (s *screen) paint(code, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) good(text string) string  { return s.paint("32", text) }
func (s *screen) bad(text string) string   { return s.paint("31", text) }
func (s *screen) bold(text string) string  { return s.paint("1", text) }
func (s *screen) faint(text string) string { return s.paint("2", text) }
