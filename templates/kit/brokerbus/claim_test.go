package brokerbus

import (
	"context"
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
