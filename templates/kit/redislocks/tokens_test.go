package redislocks_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/redislocks"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestTokensRiseWhenTheClockIsSetBack shows that a token is higher than the last one also where
// that is ahead of the server's clock.
func TestTokensRiseWhenTheClockIsSetBack(t *testing.T) {
	addr, name := testserver.Redis(t), lockstest.Name()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableCache: true})
	assert.NoError(t, err)
	t.Cleanup(client.Close)
	last := time.Now().Add(time.Hour).UnixMicro()
	set := client.B().Set().Key("{" + name + "}:token").Value(strconv.FormatInt(last, 10)).Build()
	assert.NoError(t, client.Do(t.Context(), set).Error())
	l := open(t, redislocks.Config{Addr: addr, Timeout: patient})
	for i := range 3 {
		owner := strconv.Itoa(i)
		token, err := l.Acquire(t.Context(), name, owner, time.Minute)
		assert.NoError(t, err)
		if last++; token != last {
			t.Errorf("the token is %d, want %d", token, last)
		}
		assert.NoError(t, l.Release(t.Context(), name, owner))
	}
}
