package run

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.uber.org/dig"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// failure is the error of something that the service needs and cannot use.
type failure struct {
	what  string // such as "the store (sqlite)"
	key   string // the key to change, such as store.sqlite.path
	cause error
}

// blame returns the error as a failure; nil for nil.
func blame(what, key string, err error) error {
	if err == nil {
		return nil
	}
	return &failure{what, key, err}
}

// Error returns what failed, and the cause.
func (f *failure) Error() string { return f.what + ": " + f.cause.Error() }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// reported is an error of a command that has been printed already.
type reported struct{ code int }

// Error returns the exit code: nobody reads it.
func (r reported) Error() string { return "exit code " + strconv.Itoa(r.code) }

// refuse prints what is wrong with the configuration.
func (p *program) refuse(err error) error {
	c := paintFor(p.stderr)
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		p.complain("cannot read the configuration: %s", err)
		return reported{exitFailed}
	}
	n := "1 mistake"
	if len(mistakes) > 1 {
		n = strconv.Itoa(len(mistakes)) + " mistakes"
	}
	p.complain("%s", c.red(n+" in the configuration; nothing was done"))
	for _, m := range mistakes {
		p.mention("\n%s\n    %s", c.bold(m.About()), wrapText(m.Problem, 72, "\n    "))
	}
	return reported{exitRefused}
}

// fail prints what could not be done, the dependency that could not be used, the
// cause, and the key to change. What fx adds to an error about its graph is left
// out: it only helps those who wrote the wiring, and debug logs have it.
func (p *program) fail(do string, err error, loaded *config.Loaded) error {
	c := paintFor(p.stderr)
	f, ok := errors.AsType[*failure](err)
	if !ok {
		p.complain("%s", c.red("cannot "+do))
		p.mention("  cause   %s", oneLine(dig.RootCause(err)))
		return reported{exitFailed}
	}
	p.complain("%s", c.red("cannot "+do+": "+f.what+" cannot be used"))
	p.mention("  cause   %s", oneLine(f.cause))
	if e := loaded.Entry(f.key); e.Source != "" {
		p.mention("  change  %s", advice(c, e))
	}
	p.mention("  then    %s check", p.name)
	return reported{exitFailed}
}

// failed prints an error of a command in one line.
func (p *program) failed(err error) error {
	p.complain("%s", oneLine(err))
	return reported{exitFailed}
}

// advice says where a key is set, to what, and how else it can be set.
func advice(c terminalPaint, e config.Entry) string {
	switch {
	case strings.HasPrefix(e.Source, e.Variable):
		return c.bold(e.Source) + ", which sets " + e.Key + " to " + e.Value
	case strings.HasPrefix(e.Source, "--set"):
		return c.bold("--set "+e.Key) + ", which sets it to " + e.Value
	case strings.HasPrefix(e.Source, "--"):
		return c.bold("--"+e.Key) + ", which sets it to " + e.Value
	case e.Source == "default":
		return c.bold(e.Key) + ", which is " + e.Value + " by default, or set " + e.Variable
	default:
		return c.bold(e.Key) + ", which is " + e.Value + " in " + e.Source + ", or set " + e.Variable
	}
}

func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}

// wrapText breaks a text between words into lines of at most the width.
func wrapText(text string, width int, newline string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteString(newline)
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
