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
//
// It is like jetstream.Consumer.Fetch, but for that.
func (b *Bus) pull(ctx context.Context, stream, consumer string, n int, d time.Duration, each func(*nats.Msg)) error {
	incoming := make(chan *nats.Msg, n+8) // messages, and statuses
	sub, err := b.conn.ChanSubscribe(b.conn.NewInbox(), incoming)
	if err != nil {
		return err
	}
	if err := b.conn.PublishRequest(nextMessage(stream, consumer), sub.Subject, pullRequest(n, d)); err != nil {
		_ = sub.Unsubscribe() // the connection is gone, and the subscription with it
		return err
	}
	if err := receive(ctx, incoming, n, d, each); err != nil {
		b.drain(sub, incoming, each)
		return err
	}
	return sub.Unsubscribe()
}

// nextMessage returns the subject for requests to a consumer.
func nextMessage(stream, consumer string) string {
	return "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer
}

// pullRequest returns a request for n messages that ends after d.
func pullRequest(n int, d time.Duration) []byte {
	return fmt.Appendf(nil, `{"batch":%d,"expires":%d}`, n, d.Nanoseconds())
}

// receive gives n messages to each, or fewer if the server says that there are not
// more.
func receive(ctx context.Context, incoming <-chan *nats.Msg, n int, d time.Duration, each func(*nats.Msg)) error {
	overdue := time.NewTimer(d + time.Second)
	defer overdue.Stop()
	for n > 0 {
		select {
		case m := <-incoming:
			if !isStatus(m) {
				each(m)
				n--
				continue
			}
			if missing, err := requestEnd(m); err != nil || missing > 0 {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-overdue.C:
			return errNoAnswer()
		}
	}
	return nil
}

func errNoAnswer() error {
	return kit.Errorf(kit.Unavailable, "NATS did not answer a request for messages")
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

// drain ends a subscription, and gives to each what the server has sent until then.
func (b *Bus) drain(sub *nats.Subscription, incoming <-chan *nats.Msg, each func(*nats.Msg)) {
	if sub.Drain() != nil || b.conn.FlushTimeout(b.config.Lease/8) != nil {
		return // the connection is gone; what was sent is given again after a while
	}
	for {
		select {
		case m := <-incoming:
			if !isStatus(m) {
				each(m)
			}
		default:
			return
		}
	}
}
