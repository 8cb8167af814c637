package amqpconn_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/amqpconn"
)

// TestAddresses shows what URLs of AMQP stand for, and which are refused.
func TestAddresses(t *testing.T) {
	got, err := amqpconn.Addresses("amqp://a:1/, amqps://b,amqp://shop:secret@[::1]", "", "")
	if want := []amqpconn.Address{{Host: "a:1"}, {Host: "b:5671", Secure: true}, {Host: "[::1]:5672", User: "shop", Password: "secret"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, url := range []string{"nats://127.0.0.1:4222", "127.0.0.1:5672", "amqp://a,", "amqp://", "amqp://a/shop"} {
		if _, err := amqpconn.Addresses(url, "", ""); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestHowAServerBegins shows that a server of another kind is told by its first bytes,
// unless there are none.
func TestHowAServerBegins(t *testing.T) {
	for begins, want := range map[string]error{
		"": nil, "A": nil, "AMQP...": nil, "HTTP/1.1": brokerbus.ErrKind, "\x15\x03\x03": brokerbus.ErrNeedsTLS,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer l.Close() //nolint:errcheck // it is not needed any more
			if conn, err := l.Accept(); err == nil {
				_, _ = io.WriteString(conn, begins)
				_ = conn.Close()
			}
		}()
		c, err := amqpconn.Dial(t.Context(), amqpconn.Address{Host: l.Addr().String()}, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(c) // until the server ends it
		_ = c.Close()
		if err := c.Explain(io.EOF, "AMQP"); !errors.Is(err, io.EOF) || want != nil && !errors.Is(err, want) || want == nil && err.Error() != io.EOF.Error() {
			t.Errorf("%q: %v, want %v", begins, err, want)
		}
	}
	_, err := amqpconn.Dial(t.Context(), amqpconn.Address{Host: "127.0.0.1:" + brokertest.FreePort(t)}, "", "", "")
	if err == nil {
		t.Error("a connection to nobody")
	}
}
