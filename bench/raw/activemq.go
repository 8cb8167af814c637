package raw

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// lanes is how many connections there are for publishing, and as many for consuming. The
// broker stores what comes over one of them one after another.
const lanes = 4

// activeBus has a virtual topic and its queue for each partition, which is delivered to
// one consumer at a time, and publishes durable messages.
type activeBus struct {
	*sequence
	name     string
	conns    []*amqp.Conn
	senders  [partitions]*amqp.Sender
	receive  [lanes]*amqp.Session
	inFlight [lanes]chan activeFlight
}

type activeFlight struct {
	*outgoing
	receipt amqp.SendReceipt
}

// OpenActiveMQ connects, and makes the queues.
func OpenActiveMQ(ctx context.Context, url, name string) (Bus, error) {
	b := &activeBus{name: name}
	b.sequence = newSequence(b.send)
	for lane := range lanes {
		publish, err := b.session(ctx, url)
		if err != nil {
			return nil, err
		}
		if b.receive[lane], err = b.session(ctx, url); err != nil {
			return nil, err
		}
		for p := lane; p < partitions; p += lanes {
			// Whoever attaches first has the broker make the queue. This one takes nothing from it.
			if _, err := b.receive[lane].NewReceiver(ctx, b.queue(p), &amqp.ReceiverOptions{Credit: -1}); err != nil {
				return nil, err
			}
			unsettled := amqp.SenderSettleModeUnsettled
			b.senders[p], err = publish.NewSender(ctx, fmt.Sprintf("topic://VirtualTopic.%s.%02d", name, p), &amqp.SenderOptions{SettlementMode: &unsettled})
			if err != nil {
				return nil, err
			}
		}
		b.inFlight[lane] = make(chan activeFlight, window)
		go b.confirm(context.WithoutCancel(ctx), b.inFlight[lane])
	}
	return b, nil
}

func (b *activeBus) session(ctx context.Context, url string) (*amqp.Session, error) {
	conn, err := amqp.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	b.conns = append(b.conns, conn)
	return conn.NewSession(ctx, nil)
}

func (b *activeBus) queue(p int) string {
	return fmt.Sprintf("queue://Consumer.%s.VirtualTopic.%s.%02d", group, b.name, p)
}

func (b *activeBus) send(o *outgoing) {
	m := amqp.NewMessage(o.Payload)
	m.Header = &amqp.MessageHeader{Durable: true}
	m.ApplicationProperties = map[string]any{
		"id": o.ID.String(), "topic": o.Topic, "key": o.Key, "time": o.Time.Format(time.RFC3339Nano),
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	receipt, err := b.senders[o.partition].SendWithReceipt(ctx, m, nil)
	if err != nil {
		b.done(o, err)
		return
	}
	b.inFlight[o.partition%lanes] <- activeFlight{o, receipt}
}

// confirm tells what became of messages, until Close.
func (b *activeBus) confirm(ctx context.Context, inFlight <-chan activeFlight) {
	for f := range inFlight {
		limited, cancel := context.WithTimeout(ctx, Patience)
		state, err := f.receipt.Wait(limited)
		cancel()
		if _, accepted := state.(*amqp.StateAccepted); err == nil && !accepted {
			err = errRefused
		}
		b.done(f.outgoing, err)
	}
}

func (b *activeBus) Subscribe(ctx context.Context, _ kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error) {
	receiving, end := context.WithCancel(ctx)
	w := newWorkers(ctx, h)
	var all sync.WaitGroup
	var receivers []*amqp.Receiver
	for p := range partitions {
		r, err := b.receive[p%lanes].NewReceiver(ctx, b.queue(p)+"?consumer.exclusive=true", &amqp.ReceiverOptions{Credit: prefetch})
		if err != nil {
			end()
			return nil, err
		}
		receivers = append(receivers, r)
		all.Go(func() {
			for {
				m, err := r.Receive(receiving, nil)
				if err != nil {
					return
				}
				b.handle(ctx, r, m, w)
			}
		})
	}
	return func(ctx context.Context) error {
		end()
		all.Wait()
		w.end()
		for _, r := range receivers {
			_ = r.Close(ctx) // what it has not settled comes again
		}
		return nil
	}, nil
}

// handle has a message handled and then removed by the broker. If that fails, it comes again.
func (*activeBus) handle(ctx context.Context, r *amqp.Receiver, from *amqp.Message, w *workers) {
	text := func(name string) string {
		s, _ := from.ApplicationProperties[name].(string)
		return s
	}
	m := kit.Message{Topic: text("topic"), Key: text("key"), Payload: from.GetData()}
	var err error
	if m.ID, err = kit.ParseUUID(text("id")); err == nil {
		m.Time, err = time.Parse(time.RFC3339Nano, text("time"))
	}
	if err != nil {
		_ = r.RejectMessage(ctx, from, nil) // somebody else sent it
		return
	}
	w.add(m, func() { _ = r.AcceptMessage(ctx, from) })
}

func (b *activeBus) Close() (err error) {
	for _, c := range b.inFlight {
		close(c)
	}
	for _, c := range b.conns {
		err = c.Close()
	}
	return err
}
