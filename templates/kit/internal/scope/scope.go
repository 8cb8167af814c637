// Package scope orders what goroutines do in one transaction: savepoints are a stack, and
// the connection of a transaction runs one statement at a time.
package scope

import (
	"context"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Scope is a transaction, or one nested in another. What is done in it is done one after
// another: a statement, or all of a transaction nested in it.
type Scope[T any] struct {
	Transaction T // the one that all of them are parts of

	key      any           // of contexts
	patience time.Duration // how long to wait for a turn
	turn     chan struct{} // a semaphore of one
	ended    bool          // guarded by turn
	own      sync.Map
	seen     *sync.Map // see Saw: its own, or that of the scope around it
}

// scoped is a context in a scope.
type scoped[T any] struct {
	context.Context
	scope *Scope[T]
}

// Value returns the scope and what has been read in it, each under its key.
func (c scoped[T]) Value(key any) any {
	switch key {
	case c.scope.key:
		return c.scope
	case seenKey{}:
		return c.scope.seen
	}
	return c.Context.Value(key)
}

// New returns a scope of the transaction, which contexts have under the key. What is to be
// done in it waits no longer than patience for its turn.
func New[T any](key any, transaction T, patience time.Duration) *Scope[T] {
	return &Scope[T]{Transaction: transaction, key: key, patience: patience, turn: make(chan struct{}, 1)}
}

// Of returns the scope that a context has under the key, or nil.
func Of[T any](ctx context.Context, key any) *Scope[T] {
	s, _ := ctx.Value(key).(*Scope[T])
	return s
}

// ContextEnded returns the error for a call whose context has ended.
func ContextEnded(cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "the request ended before the store could answer")
}

// Do calls fn when nothing else is being done in the scope. It returns Unavailable if the
// turn did not come in time, and Internal if the scope has ended.
func (s *Scope[T]) Do(ctx context.Context, fn func() error) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	defer func() { <-s.turn }()
	if s.ended {
		return kit.Errorf(kit.Internal, "the transaction has already ended")
	}
	return fn()
}

// wait waits for the turn.
func (s *Scope[T]) wait(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ContextEnded(ctx.Err())
	case <-timer.C:
		return kit.Errorf(kit.Unavailable, "the transaction was in use for more than %v: another goroutine has it,"+
			" or the context is not that of the transaction nested in it", s.patience)
	}
}

// Run runs fn, with a context that is in the scope, as all of what the scope is for. It calls
// end when nothing is being done in it any more, nor can be: with whether to keep what was done, which is whether fn
// returned nil. end is called also where fn panics or ends its goroutine; its error is
// returned where fn returned none.
func (s *Scope[T]) Run(ctx context.Context, fn func(context.Context) error, end func(keep bool) error) (err error) {
	returned := false
	defer func() {
		s.turn <- struct{}{}
		s.ended = true
		<-s.turn
		if failure := end(returned && err == nil); err == nil {
			err = failure
		}
	}()
	if s.seen, _ = ctx.Value(seenKey{}).(*sync.Map); s.seen == nil {
		s.seen = &s.own
	}
	err = fn(scoped[T]{ctx, s})
	returned = true
	return err
}

// Nest runs fn in a scope nested in s: between save, which sets a savepoint, and leave,
// which keeps or undoes what was done since, as Run does.
func (s *Scope[T]) Nest(ctx context.Context, fn func(context.Context) error, save func() error, leave func(keep bool) error) error {
	return s.Do(ctx, func() error {
		if err := save(); err != nil {
			return err
		}
		return New(s.key, s.Transaction, s.patience).Run(ctx, fn, leave)
	})
}

// seenKey is the key of contexts for the versions that a transaction has read.
type seenKey struct{}

type entity[K comparable] struct {
	table, tenant any
	key           K
}

// Saw notes that the transaction of ctx, if there is one, has read a version of an entity. Tenants,
// if there are any, may have the same keys.
func Saw[K comparable](ctx context.Context, table, tenant any, key K, version int64) {
	if seen, ok := ctx.Value(seenKey{}).(*sync.Map); ok {
		seen.Store(entity[K]{table, tenant, key}, version)
	}
}

// Replaced returns the version that an update replaces by another one: that which the
// transaction of ctx has read, or else the one before.
func Replaced[K comparable](ctx context.Context, table, tenant any, key K, by int64) int64 {
	if seen, ok := ctx.Value(seenKey{}).(*sync.Map); ok {
		if version, ok := seen.Load(entity[K]{table, tenant, key}); ok && version.(int64) < by {
			return version.(int64)
		}
	}
	return by - 1
}
