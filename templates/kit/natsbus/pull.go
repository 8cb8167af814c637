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

// What a message is answered with: that it was handled, that it is wanted again,
// that it is being worked on, that it is never wanted again.
var (
	ack      = []byte("+ACK")
	nak      = []byte("-NAK")
	progress = []byte("+WPI")
	term     = []byte("+TERM")
)

// answer answers a message. If the answer does not get there, the message comes
// again when its time is over.
func (b *Bus) answer(m *nats.Msg, with []byte) { _ = b.conn.Publish(m.Reply, with) }

// pull asks a consumer for n messages and gives them to each, for at most d. It
// returns nil if none that the server has sent can be lost. When ctx ends, what
// was sent by then is given to each too.
//
// It is jetstream.Consumer.Fetch, but for that.
func (b *Bus) pull(ctx context.Context, stream, consumer string, n int, d time.Duration, each func(*nats.Msg)) error {
	come := make(chan *nats.Msg, n+8) // and what the server says besides
	sub, err := b.conn.ChanSubscribe(b.conn.NewInbox(), come)
	if err != nil {
		return err
	}
	if err := b.conn.PublishRequest(nextMessage(stream, consumer), sub.Subject, request(n, d)); err != nil {
		_ = sub.Unsubscribe() // the connection is gone, and the subscription with it
		return err
	}
	err = receive(ctx, come, n, d, each)
	if err == nil {
		return sub.Unsubscribe()
	}
	b.drain(sub, come, each)
	return err
}

// nextMessage is the subject under which a consumer is asked for messages.
func nextMessage(stream, consumer string) string {
	return "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer
}

// request asks for n messages, within d.
func request(n int, d time.Duration) []byte {
	return fmt.Appendf(nil, `{"batch":%d,"expires":%d}`, n, d.Nanoseconds())
}

// receive gives n messages to each, or fewer if the server says that this is all.
func receive(ctx context.Context, come <-chan *nats.Msg, n int, d time.Duration, each func(*nats.Msg)) error {
	late := time.NewTimer(d + time.Second)
	defer late.Stop()
	for n > 0 {
		select {
		case m := <-come:
			if !isStatus(m) {
				each(m)
				n--
				continue
			}
			if left, err := ended(m); err != nil || left > 0 {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return kit.Errorf(kit.Unavailable, "NATS did not answer a request for messages")
		}
	}
	return nil
}

// ended reads what the server says about a request: how many messages of it will not
// come, for they were not there in time.
func ended(m *nats.Msg) (left int, err error) {
	status := m.Header.Get("Status")
	if status == "100" { // a sign of life
		return 0, nil
	}
	if status == "408" {
		if left, err = strconv.Atoi(m.Header.Get("Nats-Pending-Messages")); err == nil {
			return left, nil
		}
	}
	return 0, kit.Errorf(kit.Unavailable, "NATS does not deliver: %s %s", status, m.Header.Get("Description"))
}

// isStatus reports whether the server says something, rather than to deliver.
func isStatus(m *nats.Msg) bool { return len(m.Data) == 0 && m.Header.Get("Status") != "" }

// sequence reads the sequence in the stream from what a message is answered to:
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.…
//	$JS.ACK.<domain>.<account>.<stream>.<consumer>.<delivered>.<sequence>.…
//
// It is Msg.Metadata, without the rest.
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

// drain ends a subscription and gives to each what the server has sent before it knew.
func (b *Bus) drain(sub *nats.Subscription, come <-chan *nats.Msg, each func(*nats.Msg)) {
	if sub.Drain() != nil || b.conn.FlushTimeout(b.config.Lease/8) != nil {
		return // the connection is gone; what was sent comes again when its time is over
	}
	for {
		select {
		case m := <-come:
			if !isStatus(m) {
				each(m)
			}
		default:
			return
		}
	}
}
