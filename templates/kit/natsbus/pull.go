package natsbus

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// The answers to a message: it was handled; it is to be given again; it is being
// handled; it is not to be given again.
var (
	ack      = []byte("+ACK")
	nak      = []byte("-NAK")
	progress = []byte("+WPI")
	term     = []byte("+TERM")
)

// answer answers a message. If the answer gets lost, the message is given again
// after a while.
func (b *Bus) answer(m *nats.Msg, with []byte) { _ = b.conn.Publish(m.Reply, with) }

// pull requests n messages of a consumer and gives them to each, for at most d. It
// returns nil only if no message that the server has sent can have been lost. If
// ctx ends, each is given what was sent until then.
func (b *Bus) pull(ctx context.Context, stream, consumer string, n int, d time.Duration, each func(*nats.Msg)) error {
	f, err := b.feed(stream, consumer, n, d)
	if err != nil {
		return err
	}
	defer f.end(each)
	if err := f.request(n); err != nil {
		return err
	}
	for f.requested > 0 {
		msgs, err := f.next(ctx, nil, make([]*nats.Msg, 0, n))
		for _, m := range msgs {
			each(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nextMessage returns the subject for requests to a consumer.
func nextMessage(stream, consumer string) string {
	return "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer
}

// pullRequest returns a request for n messages that ends after d.
func pullRequest(n int, d time.Duration) []byte {
	return fmt.Appendf(nil, `{"batch":%d,"expires":%d}`, n, d.Nanoseconds())
}

// requestEnd reads a status. If it says that a request has ended, missing is how
// many of its messages have not come.
func requestEnd(m *nats.Msg) (missing int, err error) {
	status := m.Header.Get("Status")
	if status == "100" { // a heartbeat
		return 0, nil
	}
	if status == "408" {
		if missing, err = strconv.Atoi(m.Header.Get("Nats-Pending-Messages")); err == nil {
			return missing, nil
		}
	}
	return 0, kit.Errorf(kit.Unavailable, "NATS does not deliver: %s %s", status, m.Header.Get("Description"))
}

// isStatus reports whether a message is a status of the server.
func isStatus(m *nats.Msg) bool { return len(m.Data) == 0 && m.Header.Get("Status") != "" }

// sequence reads the sequence of a message in its stream from the subject of its
// answers:
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.…
//	$JS.ACK.<domain>.<account>.<stream>.<consumer>.<delivered>.<sequence>.…
//
// It is that part of Msg.Metadata.
func sequence(reply string) (seq uint64, ok bool) {
	before := 5
	if strings.Count(reply, ".") > 8 {
		before = 7
	}
	for range before {
		_, reply, _ = strings.Cut(reply, ".")
	}
	number, _, _ := strings.Cut(reply, ".")
	seq, err := strconv.ParseUint(number, 10, 64)
	return seq, err == nil
}
