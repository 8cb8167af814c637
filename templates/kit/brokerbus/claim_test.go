package brokerbus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// TestClaim shows that any answer renews a claim, that an older one does not shorten it, and
// that it stays lost once it was ended.
func TestClaim(t *testing.T) {
	c := brokerbus.NewClaim(time.Hour, func(context.Context) error { return errors.New("on purpose") })
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
