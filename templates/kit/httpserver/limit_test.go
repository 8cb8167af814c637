package httpserver

import (
	"context"
	"errors"
	"testing"
	"time"
)

type limitKey struct{}

func TestLimitContext(t *testing.T) {
	parent := context.WithValue(t.Context(), limitKey{}, "kept")
	over := time.Now().Add(-time.Second)
	gone, leave := context.WithCancel(parent)
	leave()
	sooner, cancel := context.WithDeadline(parent, over)
	defer cancel()
	for _, c := range []struct {
		name     string
		parent   context.Context
		deadline time.Time
		end      bool
		want     error
	}{
		{"in time", parent, time.Now().Add(time.Hour), false, nil},
		{"over", parent, over, false, context.DeadlineExceeded},
		{"ended", parent, time.Now().Add(time.Hour), true, context.Canceled},
		{"its parent is gone", gone, time.Now().Add(time.Hour), false, context.Canceled},
		{"its parent is over", sooner, time.Now().Add(time.Hour), false, context.DeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := withLimit(c.parent, c.deadline)
			if c.end {
				l.end()
			}
			for _, state := range []string{"before", "while"} { // somebody waits
				if err := l.Err(); !errors.Is(err, c.want) {
					t.Errorf("%s it is waited for: %v, want %v", state, err, c.want)
				}
				if l.Value(limitKey{}) != "kept" {
					t.Errorf("%s it is waited for: the parent's value is lost", state)
				}
				select {
				case <-l.Done():
					if c.want == nil {
						t.Error("it has ended")
					}
				default:
					if c.want != nil {
						t.Error("it has not ended")
					}
				}
			}
			l.end()
			<-l.Done()
		})
	}
}

func TestLimitContextEndsThoseBelow(t *testing.T) {
	l := withLimit(t.Context(), time.Now().Add(time.Hour))
	told := make(chan struct{})
	context.AfterFunc(l, func() { close(told) })
	l.end()
	<-told
	late := withLimit(t.Context(), time.Now().Add(10*time.Millisecond))
	defer late.end()
	below, cancel := context.WithCancel(late)
	defer cancel()
	<-below.Done()
	if err := context.Cause(below); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended because of %v", err)
	}
}
