package brokerbus_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
)

// TestAddresses shows what URLs of AMQP stand for, and which are refused.
func TestAddresses(t *testing.T) {
	got, err := brokerbus.Addresses("amqp://a:1/, amqps://b,amqp://shop:secret@[::1]", "", "")
	if want := []brokerbus.Address{{Host: "a:1"}, {Host: "b:5671", Secure: true}, {Host: "[::1]:5672", User: "shop", Password: "secret"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, url := range []string{"nats://127.0.0.1:4222", "127.0.0.1:5672", "amqp://a,", "amqp://", "amqp://a/shop"} {
		if _, err := brokerbus.Addresses(url, "", ""); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestExplained shows that an error says which server cannot be used and why, has a key,
// and tells no password.
func TestExplained(t *testing.T) {
	at := brokerbus.Server{Kind: "Toy", URL: "toy://shop:secret@a"}
	own := brokerbus.When(true, kit.Invalid, "password", "refuses the password")
	for _, c := range []struct {
		err       error
		faults    []brokerbus.Fault
		code      kit.Code
		says, key string
	}{
		{io.EOF, []brokerbus.Fault{own}, kit.Invalid, "Toy at toy://a refuses the password", "password"},
		{io.EOF, nil, kit.Unavailable, "Toy at toy://a cannot be used", "url"},
		{&net.OpError{Op: "dial", Err: io.EOF}, nil, kit.Unavailable, "cannot be reached", "url"},
		{brokerbus.Keyed("ca_file", &fs.PathError{Op: "open", Path: "ca.pem", Err: fs.ErrNotExist}), nil, kit.Invalid, "connect to Toy: open ca.pem", "ca_file"},
		{brokerbus.Refuse("topic", "as it was"), []brokerbus.Fault{own}, kit.Invalid, "as it was", "topic"},
	} {
		err := at.Explain(c.err, c.faults...)
		if kit.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) || brokerbus.KeyOf(err, "url") != c.key || !errors.Is(err, c.err) {
			t.Errorf("%v (%s): %v (%s, %s)", c.err, c.says, err, kit.CodeOf(err), brokerbus.KeyOf(err, "url"))
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
		c, err := brokerbus.Dial(t.Context(), brokerbus.Address{Host: l.Addr().String()}, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(c) // until the server ends it
		_ = c.Close()
		if err := c.Explain(io.EOF, "AMQP"); !errors.Is(err, io.EOF) || want != nil && !errors.Is(err, want) || want == nil && err.Error() != io.EOF.Error() {
			t.Errorf("%q: %v, want %v", begins, err, want)
		}
	}
	_, err := brokerbus.Dial(t.Context(), brokerbus.Address{Host: "127.0.0.1:" + brokertest.FreePort(t)}, "", "", "")
	if err == nil {
		t.Error("a connection to nobody")
	}
}
