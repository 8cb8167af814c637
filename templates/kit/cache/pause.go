package cache

import (
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Pause is of a server. Once it was unavailable, it is not asked for a second, so that
// only few callers wait for it. A nil Pause never begins.
type Pause struct {
	until atomic.Int64 // in nanoseconds of Unix time; 0 while there is none
}

// Err returns Unavailable during the pause.
func (p *Pause) Err() error {
	if p == nil {
		return nil
	}
	if until := p.until.Load(); until != 0 && time.Now().UnixNano() < until {
		return kit.Errorf(kit.Unavailable, "the cache did not answer a moment ago")
	}
	return nil
}

// Note begins a pause if the error is Unavailable, and returns it.
func (p *Pause) Note(err error) error {
	if p != nil && kit.CodeOf(err) == kit.Unavailable {
		p.until.Store(time.Now().Add(time.Second).UnixNano())
	}
	return err
}
