package natsbus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// feed is what a consumer delivers, asked for before the last of it has come.
//
// It is jetstream.Consumer.Consume, but that it tells when something may be lost on
// its way, and that no request outlives its time.
type feed struct {
	bus     *Bus
	subject string // that a consumer is asked under
	patient time.Duration
	sub     *nats.Subscription
	come    chan *nats.Msg
	asked   int         // messages that were asked for and have not come
	late    *time.Timer // it rings when there is an answer missing
}

// feed begins to receive what a consumer delivers to this member, of which there are
// at most n messages on their way. A request is answered within d.
func (b *Bus) feed(stream, consumer string, n int, d time.Duration) (*feed, error) {
	f := &feed{
		bus: b, subject: nextMessage(stream, consumer), patient: d,
		come: make(chan *nats.Msg, 2*n), // and what the server says besides
		late: time.NewTimer(d),
	}
	var err error
	f.sub, err = b.conn.ChanSubscribe(b.conn.NewInbox(), f.come)
	return f, err
}

// ask asks for n more messages.
func (f *feed) ask(n int) error {
	f.asked += n
	f.late.Reset(f.patient + time.Second)
	return f.bus.conn.PublishRequest(f.subject, f.sub.Subject, request(n, f.patient))
}

// next waits for messages and appends them to those in msgs, as many as have come
// together. It returns none of them when somebody says that there is room.
func (f *feed) next(ctx context.Context, room <-chan struct{}, msgs []*nats.Msg) ([]*nats.Msg, error) {
	select {
	case m := <-f.come:
		return f.gather(m, msgs)
	case <-room:
	case <-f.late.C:
		if f.asked > 0 {
			return msgs, kit.Errorf(kit.Unavailable, "NATS did not answer a request for messages")
		}
	case <-ctx.Done():
		return msgs, ctx.Err()
	}
	return msgs, nil
}

// gather appends a message and what has come after it.
func (f *feed) gather(m *nats.Msg, msgs []*nats.Msg) ([]*nats.Msg, error) {
	for {
		if isStatus(m) {
			if err := f.heed(m); err != nil {
				return msgs, err
			}
		} else {
			f.asked--
			msgs = append(msgs, m)
		}
		if len(msgs) == cap(msgs) {
			return msgs, nil
		}
		select {
		case m = <-f.come:
		default:
			return msgs, nil
		}
	}
}

// heed does as the server says: that a request has ended counts what is left of it.
func (f *feed) heed(m *nats.Msg) error {
	left, err := ended(m)
	f.asked -= left
	return err
}

// end ends the feed and gives to each what the server has sent before it knew.
func (f *feed) end(each func(*nats.Msg)) {
	f.late.Stop()
	f.bus.drain(f.sub, f.come, each)
}
