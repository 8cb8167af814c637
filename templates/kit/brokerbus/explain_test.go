package brokerbus_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

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
