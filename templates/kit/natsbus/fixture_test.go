package natsbus_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
)

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// newStream names a stream that no other test has, and removes it after the test.
func newStream(t testing.TB, url string) string {
	t.Helper()
	name := "test-" + kit.NewUUID().String()
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
	return name
}

// open returns a bus that is closed after the test.
func open(t testing.TB, c natsbus.Config) *natsbus.Bus {
	t.Helper()
	b, err := natsbus.New(t.Context(), "test", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func config(t testing.TB, url string) natsbus.Config {
	return natsbus.Config{URL: url, Stream: newStream(t, url), Lease: 2 * time.Second, PublishTimeout: 2 * time.Second}
}

func message(key string, n int) kit.Message {
	return kit.Message{
		ID: kit.NewUUID(), Topic: "order.created", Key: key,
		Time: time.Now().UTC().Truncate(time.Microsecond), Payload: []byte(fmt.Sprint(n)),
	}
}

// publish publishes and returns the error of each message.
func publish(t testing.TB, b kit.Bus, msgs ...kit.Message) []error {
	t.Helper()
	errs := make([]error, len(msgs))
	var all sync.WaitGroup
	all.Add(len(msgs))
	b.Publish(t.Context(), func(i int, err error) {
		errs[i] = err
		all.Done()
	}, msgs...)
	all.Wait()
	return errs
}

func mustPublish(t testing.TB, b kit.Bus, msgs ...kit.Message) {
	t.Helper()
	for i, err := range publish(t, b, msgs...) {
		if err != nil {
			t.Fatalf("message %d was not taken: %v", i, err)
		}
	}
}

func subscribe(t testing.TB, b kit.Bus, group string, h kit.Handler) (stop func(context.Context) error) {
	t.Helper()
	stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: group, Topics: []string{"order.created"}}, h)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

// eventually waits for what must happen.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !happened(); {
		if time.Now().After(deadline) {
			t.Fatalf("not after 30s: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// noGoroutineLeft fails if there are more goroutines after the test than before.
func noGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		eventually(t, "goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
	})
}

// writeFile writes a file for a server to read.
func writeFile(t testing.TB, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// streams are the names of what a bus makes.
func streams(name string) (all []string) {
	for p := range 16 {
		all = append(all, fmt.Sprintf("%s_%02d", name, p))
	}
	return append(all, name, name+"_groups", name+"_claims")
}
