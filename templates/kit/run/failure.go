package run

import (
	"errors"
	"fmt"
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

// refuse prints why no command can run.
func (s *service) refuse() error {
	if s.configured != nil {
		return s.fail("start", s.err)
	}
	mistakes, ok := errors.AsType[config.Mistakes](s.err)
	if !ok {
		s.complain("cannot read the configuration: %s", s.err)
		return reported{exitFailed}
	}
	text := countOf(len(mistakes), "mistake") + " in the configuration; nothing was done"
	for _, m := range mistakes {
		text += "\n\n" + m.String()
	}
	s.complain("%s", text)
	return reported{exitRefused}
}

// fail prints what could not be done, the dependency that could not be used, the
// cause, and the key to change.
func (s *service) fail(do string, err error) error {
	f, ok := errors.AsType[*failure](err)
	if !ok {
		s.complain("cannot %s\n  cause   %s", do, oneLine(causeOf(err)))
		return reported{exitFailed}
	}
	text := f.what + " cannot be used\n  cause   " + oneLine(f.cause)
	if change := s.advice(f.key); change != "" {
		text += "\n  change  " + change
	}
	s.complain("cannot %s: %s\n  then    %s check", do, text, s.name)
	return reported{exitFailed}
}

// causeOf returns the error of a constructor without what fx adds to it. If it is
// the wiring itself that is wrong, what fx says is all there is, but for what to do.
func causeOf(err error) error {
	cause := dig.RootCause(err)
	if _, ok := errors.AsType[dig.Error](cause); !ok {
		return cause
	}
	if strings.Contains(err.Error(), "missing type") {
		return fmt.Errorf("%w; add fx.Provide(CONSTRUCTOR) in main.go, or, for an interface, fx.Provide(fx.Annotate(CONSTRUCTOR, fx.As(new(INTERFACE))))", err)
	}
	return err
}

// failed prints an error of a command in one line.
func (s *service) failed(err error) error {
	s.complain("%s", oneLine(err))
	return reported{exitFailed}
}

// advice says where a key is set, to what, and how else it can be set. It is
// empty if there is no such key.
func (s *service) advice(key string) string {
	e := s.loaded.Entry(key)
	switch {
	case e.Source == "":
		return ""
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
