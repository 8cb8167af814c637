package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// screen is where a command prints. It uses color if it is a terminal and NO_COLOR is
// not set.
type screen struct {
	w        io.Writer
	terminal bool // somebody is watching
	color    bool
	json     io.Writer // where the answer is printed in JSON, and nothing else; nil if it is not
	said     *answer
}

func newScreen(w io.Writer) *screen {
	f, ok := w.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd()))
	return &screen{w: w, terminal: terminal, said: newAnswer(), color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s *screen) print(line string) {
	_, _ = fmt.Fprintln(s.w, line) // there is nowhere else to report an error
}

// answerInJSON has nothing printed but the answer.
func (s *screen) answerInJSON() {
	if s.json == nil {
		s.json, s.w, s.terminal, s.color = s.w, io.Discard, false, false
	}
}

// next prints a command to run next, and why.
func (s *screen) next(run, why string) {
	s.said.next(run, why)
	if why == "" {
		s.print("  " + run)
		return
	}
	s.printf("  %-17s %s", run, s.faint("# "+why))
}

// say prints what came of the command.
func (s *screen) say(text string) {
	s.said.Message = text
	s.print(text)
}

// done prints what was done. The name of the project is bold.
func (s *screen) done(project, text string) {
	s.said.Message = strings.TrimSpace(project + " " + text)
	if project != "" {
		project = s.bold(project) + " "
	}
	s.print(s.good("✓") + " " + project + text)
}

func (s *screen) printf(format string, args ...any) { s.print(fmt.Sprintf(format, args...)) }

// progress prints the text on a terminal if done is not called within a second. Output
// that a program reads does not depend on timing.
func (s *screen) progress(text string) (done func()) {
	if !s.terminal {
		return func() {}
	}
	waiting := time.AfterFunc(time.Second, func() { s.print(s.faint(text)) })
	return func() { waiting.Stop() }
}

func (s *screen) paint(code, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) good(text string) string  { return s.paint("32", text) }
func (s *screen) bad(text string) string   { return s.paint("31", text) }
func (s *screen) bold(text string) string  { return s.paint("1", text) }
func (s *screen) faint(text string) string { return s.paint("2", text) }
