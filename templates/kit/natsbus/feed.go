package natsbus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// feed receives messages of a consumer, and can request more of them before the
// last ones have come.
//
// It is like jetstream.Consumer.Consume, but reports when messages may have been
// lost on their way, and no request lasts longer than it may.
type feed struct {
	bus          *Bus
	subject      string // of requests
	expires      time.Duration
	subscription *nats.Subscription
	incoming     chan *nats.Msg
	requested    int         // messages that have not come
	overdue      *time.Timer // fires when the end of a request is overdue
}

// feed begins to receive messages of a consumer, of which at most n are on their
// way at once. A request ends after d.
func (b *Bus) feed(stream, consumer string, n int, d time.Duration) (*feed, error) {
	f := &feed{
		bus: b, subject: nextMessage(stream, consumer), expires: d,
		incoming: make(chan *nats.Msg, 2*n), // messages, and statuses
		overdue:  time.NewTimer(d),
	}
	var err error
	f.subscription, err = b.conn.ChanSubscribe(b.conn.NewInbox(), f.incoming)
	return f, err
}

// request requests n more messages.
func (f *feed) request(n int) error {
	f.requested += n
	f.overdue.Reset(f.expires + time.Second)
	return f.bus.conn.PublishRequest(f.subject, f.subscription.Subject, pullRequest(n, f.expires))
}

// next waits for messages, or until room is signalled, and appends those that have
// come to msgs.
func (f *feed) next(ctx context.Context, room <-chan struct{}, msgs []*nats.Msg) ([]*nats.Msg, error) {
	select {
	case m := <-f.incoming:
		return f.gather(m, msgs)
	case <-room:
	case <-f.overdue.C:
		if f.requested > 0 {
			return msgs, errNoAnswer()
		}
	case <-ctx.Done():
		return msgs, ctx.Err()
	}
	return msgs, nil
}

// gather appends a message, and those that have come after it, to msgs.
func (f *feed) gather(m *nats.Msg, msgs []*nats.Msg) ([]*nats.Msg, error) {
	for {
		if isStatus(m) {
			missing, err := requestEnd(m)
			f.requested -= missing
			if err != nil {
				return msgs, err
			}
		} else {
			f.requested--
			msgs = append(msgs, m)
		}
		if len(msgs) == cap(msgs) {
			return msgs, nil
		}
		select {
		case m = <-f.incoming:
		default:
			return msgs, nil
		}
	}
}

// end ends the feed, and gives to each what the server has sent until then.
func (f *feed) end(each func(*nats.Msg)) {
	f.overdue.Stop()
	f.bus.drain(f.subscription, f.incoming, each)
}
