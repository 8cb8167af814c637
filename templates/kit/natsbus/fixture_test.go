package natsbus_test

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
)

// newStream names a stream that no other test has, and removes it after the test.
func newStream(t testing.TB, url string) string {
	t.Helper()
	name := "test-" + kit.NewUUID().String()
	removeStreams(t, url, name)
	return name
}

// removeStreams removes the streams of a name after the test.
func removeStreams(t testing.TB, url, name string) {
	t.Helper()
	t.Cleanup(func() {
		conn, err := client.Connect(url)
		if err != nil {
			return // the server is gone, and the stream with it
		}
		defer conn.Close()
		js, err := jetstream.New(conn)
		if err != nil {
			t.Error(err)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for _, stream := range streams(name) {
			_ = js.DeleteStream(ctx, stream) // there may be none
		}
	})
}

// open returns a bus that is closed after the test.
func open(t testing.TB, c natsbus.Config) kit.Bus {
	t.Helper()
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second) // the machine may be busy
	b, err := natsbus.New(t.Context(), "test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func config(t testing.TB, url string) natsbus.Config {
	return natsbus.Config{URL: url, Stream: newStream(t, url), Lease: 2 * time.Second, PublishTimeout: time.Minute}
}

// streams are the names of what a bus makes.
func streams(name string) (all []string) {
	for p := range 16 {
		all = append(all, fmt.Sprintf("%s_%02d", name, p))
	}
	return append(all, name, name+"_groups", name+"_claims")
}
