package brokerbus

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestClaimRenewedTooLate shows that a claim that had expired is lost although it is
// renewed before its timer could tell, as in a process that was frozen.
func TestClaimRenewedTooLate(t *testing.T) {
	c := NewClaim(time.Hour, func(context.Context) error { return nil })
	if err := c.Renew(); err != nil {
		t.Fatal(err)
	}
	before := c.While()
	c.expires = time.Now()
	if err := c.Renew(); err != nil {
		t.Fatal(err)
	}
	if before.Err() == nil {
		t.Error("what was begun before it expired goes on")
	}
	if !c.Holds() || c.While().Err() != nil {
		t.Error("it does not hold again")
	}
}

// TestClaim shows that any answer renews a claim, that an older one does not shorten it, and
// that it stays lost once it was ended.
func TestClaim(t *testing.T) {
	c := NewClaim(time.Hour, func(context.Context) error { return errors.New("on purpose") })
	if c.Renew() == nil || c.Holds() || c.While().Err() == nil {
		t.Error("the claim holds, and nothing was answered")
	}
	c.Answered(time.Now())
	while := c.While()
	c.Answered(time.Now().Add(-2 * time.Hour))
	if c.Renew() == nil || !c.Holds() || while.Err() != nil {
		t.Error("the claim does not hold, and a request was answered")
	}
	c.End()
	c.Answered(time.Now())
	if c.Holds() || while.Err() == nil || c.While().Err() == nil {
		t.Error("the claim holds, and was ended")
	}
}
