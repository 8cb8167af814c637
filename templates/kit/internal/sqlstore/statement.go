package sqlstore

import (
	"context"
	"errors"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Runner runs statements of a store, in the transaction of the context if there is one.
// Its errors are of type kit.Error.
type Runner interface {
	// Check returns why the database does not accept a statement, or nil.
	Check(ctx context.Context, text string) error
	// Exec runs a change in a transaction, which there must be, and returns how many rows
	// it changed.
	Exec(ctx context.Context, text string, args []any) (changed int64, err error)
	// Apply is Exec in a transaction of its own, if there is none.
	Apply(ctx context.Context, text string, args []any) (changed int64, err error)
	// Change is Apply, and keeps the events if a row changed.
	Change(ctx context.Context, text string, events []kit.Event, args []any) (changed int64, err error)
	// Query runs a statement and passes its result to use.
	Query(ctx context.Context, text string, args []any, use func(Rows) error) error
}

// Statement is a statement that each connection prepares when it first runs it, and
// keeps. Its errors are of type kit.Error.
//
// Arguments are what a Scanner reads: a bool, a number, a string, a []byte, a kit.UUID,
// a time.Time, a type derived from one of these, a pointer to one, of which nil is
// NULL, a driver.Valuer, or an encoding.TextMarshaler.
type Statement struct {
	runner Runner
	text   string
}

// Preparer makes statements. A DB embeds it.
type Preparer struct{ runner Runner }

// NewPreparer returns a preparer of statements that the runner runs.
func NewPreparer(r Runner) *Preparer { return &Preparer{r} }

// PrepareAll makes the statements and stores them where the keys point. An Internal
// error names every text that the database does not accept.
func (p *Preparer) PrepareAll(ctx context.Context, texts map[**Statement]string) error {
	var errs []error
	for to, text := range texts {
		*to = p.Statement(text)
		if err := p.runner.Check(ctx, text); err != nil {
			errs = append(errs, kit.Wrap(kit.CodeOf(err), err, "cannot prepare "+text))
		}
	}
	return errors.Join(errs...)
}

// Statement returns the statement of the text, for methods that are written by hand:
// pass values as arguments, never as part of the text.
func (p *Preparer) Statement(text string) *Statement { return &Statement{p.runner, text} }

// Exec runs the statement in the transaction of ctx, which there must be, and returns how
// many rows it changed.
//
// Where it fails, the innermost transaction that it is in must end, by returning the error:
// Postgres takes nothing more of it.
func (s *Statement) Exec(ctx context.Context, args ...any) (changed int64, err error) {
	return s.runner.Exec(ctx, s.text, args)
}

// Apply runs the statement as a change of its own, or in the transaction of ctx if there
// is one, and returns how many rows it changed.
func (s *Statement) Apply(ctx context.Context, args ...any) (changed int64, err error) {
	return s.runner.Apply(ctx, s.text, args)
}

// Change runs the statement, an INSERT, UPDATE or DELETE without RETURNING, and returns
// how many rows it changed. Where it changed any, the events are kept in the outbox: both
// or neither. Where it fails, a transaction that it takes part in can go on.
func (s *Statement) Change(ctx context.Context, events []kit.Event, args ...any) (changed int64, err error) {
	return s.runner.Change(ctx, s.text, events, args)
}

// Row runs the statement in the transaction of ctx, if there is one, and passes
// the first row of the result to scan, whose error it returns. It reports
// whether there was a row.
func (s *Statement) Row(ctx context.Context, scan func(Scanner) error, args ...any) (found bool, err error) {
	err = s.runner.Query(ctx, s.text, args, func(rows Rows) (err error) {
		if found = rows.Next(); found {
			err = scan(rows)
		}
		return err
	})
	return found && err == nil, err
}

// Rows runs the statement in the transaction of ctx, if there is one, and passes each
// row of the result to scan, until scan returns an error, which it returns. scan must not
// use the transaction: its connection may be taken.
func (s *Statement) Rows(ctx context.Context, scan func(Scanner) error, args ...any) error {
	return s.runner.Query(ctx, s.text, args, func(rows Rows) error {
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return nil
	})
}

// collect returns what a statement selects, and nothing beside an error. scan reads a row.
func collect[T any](ctx context.Context, s *Statement, scan func(Scanner, *T) error, args ...any) (all []T, err error) {
	err = s.Rows(ctx, func(row Scanner) error {
		all = append(all, *new(T))
		return scan(row, &all[len(all)-1])
	}, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}
