package run

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// startFailure is why something that the service needs cannot be used, and
// which key leads to it.
type startFailure struct {
	dependency string // such as "the store (sqlite)"
	key        string // such as store.sqlite.path
	cause      error
}

// blameOn returns the error as the failure of a dependency; nil for nil.
func blameOn(dependency, key string, err error) error {
	if err == nil {
		return nil
	}
	return &startFailure{dependency, key, err}
}

// Error returns the dependency and the cause.
func (f *startFailure) Error() string { return f.dependency + ": " + f.cause.Error() }

// Unwrap returns the cause.
func (f *startFailure) Unwrap() error { return f.cause }

// refuse tells what is wrong with the configuration.
func (p Program) refuse(err error) int {
	c := p.paintFor(p.Stderr)
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		p.complain("the configuration cannot be read: %s", err)
		return exitFailed
	}
	n := "a mistake"
	if len(mistakes) > 1 {
		n = strconv.Itoa(len(mistakes)) + " mistakes"
	}
	p.complain("%s", c.red(n+" in the configuration; nothing was done"))
	for _, m := range mistakes {
		p.mention("\n%s\n    %s", c.bold(m.About()), wrapText(m.Problem, 72, "\n    "))
	}
	return exitRefused
}

// cannot tells what could not be done, because what could not be used, why, and
// what to change. What fx says of its graph is left out: it helps nobody who has
// not written it.
func (p Program) cannot(do string, err error, loaded *config.Loaded) int {
	c := p.paintFor(p.Stderr)
	f, ok := errors.AsType[*startFailure](err)
	if !ok {
		p.complain("%s", c.red("cannot "+do))
		p.mention("  cause   %s", oneLine(rootOf(err)))
		return exitFailed
	}
	p.complain("%s", c.red("cannot "+do+": "+f.dependency+" cannot be used"))
	p.mention("  cause   %s", oneLine(f.cause))
	if e := loaded.Entry(f.key); e.Source != "" {
		p.mention("  change  %s", adviceOn(c, e))
	}
	p.mention("  then    %s check", p.Name)
	return exitFailed
}

// adviceOn says where a key is set, to what, and how else it could be.
func adviceOn(c terminalPaint, e config.Entry) string {
	switch {
	case strings.HasPrefix(e.Source, e.Variable):
		return c.bold(e.Source) + ", which sets " + e.Key + " to " + e.Value
	case strings.HasPrefix(e.Source, "--set"):
		return c.bold("--set "+e.Key) + ", which sets it to " + e.Value
	case e.Source == "default":
		return c.bold(e.Key) + ", which is " + e.Value + " by default, or set " + e.Variable
	default:
		return c.bold(e.Key) + ", which is " + e.Value + " in " + e.Source + ", or set " + e.Variable
	}
}

// rootOf returns the error below all that fx says about how it came to it.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil || !strings.HasPrefix(packageOf(err), "go.uber.org/") {
			return err
		}
		err = inner
	}
}

func packageOf(err error) string {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}

// wrapText breaks a text into lines of a width, where that can be done between
// words.
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
