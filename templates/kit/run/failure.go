package run

import (
	"errors"
	"strconv"
	"strings"

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
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		p.complain("cannot read the configuration: %s", err)
		return reported{exitFailed}
	}
	p.complain("%s in the configuration; nothing was done", countOf(len(mistakes), "mistake"))
	for _, m := range mistakes {
		p.mention("\n%s", m)
	}
	return reported{exitRefused}
}

// fail prints what could not be done, the dependency that could not be used, the
// cause, and the key to change.
func (p *program) fail(do string, err error, loaded *config.Loaded) error {
	f, ok := errors.AsType[*failure](err)
	if !ok {
		p.complain("cannot %s", do)
		p.mention("  cause   %s", oneLine(causeOf(err)))
		return reported{exitFailed}
	}
	p.complain("cannot %s: %s cannot be used", do, f.what)
	p.mention("  cause   %s", oneLine(f.cause))
	if e := loaded.Entry(f.key); e.Source != "" {
		p.mention("  change  %s", advice(e))
	}
	p.mention("  then    %s check", p.name)
	return reported{exitFailed}
}

// causeOf returns the error of a constructor without what fx adds to it. If it is
// the wiring itself that is wrong, what fx says is all there is.
func causeOf(err error) error {
	cause := dig.RootCause(err)
	if _, ok := errors.AsType[dig.Error](cause); ok {
		return err
	}
	return cause
}

// failed prints an error of a command in one line.
func (p *program) failed(err error) error {
	p.complain("%s", oneLine(err))
	return reported{exitFailed}
}

// advice says where a key is set, to what, and how else it can be set.
func advice(e config.Entry) string {
	switch {
	case strings.HasPrefix(e.Source, e.Variable):
		return e.Source + ", which sets " + e.Key + " to " + e.Value
	case strings.HasPrefix(e.Source, "--set"):
		return "--set " + e.Key + ", which sets it to " + e.Value
	case strings.HasPrefix(e.Source, "--"):
		return "--" + e.Key + ", which sets it to " + e.Value
	case e.Source == "default":
		return e.Key + ", which is " + e.Value + " by default, or set " + e.Variable
	default:
		return e.Key + ", which is " + e.Value + " in " + e.Source + ", or set " + e.Variable
	}
}

func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}
