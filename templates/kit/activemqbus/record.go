package activemqbus

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// fact is that a group receives a topic or, if Parked, that messages of the topic may be
// parked. It is true forever.
type fact struct {
	Group  string `json:"group"`
	Topic  string `json:"topic"`
	Parked bool   `json:"parked,omitempty"`
}

// facts are those that this process knows.
type facts struct{ all sync.Map }

// learn adds facts, and reports whether there was a new one.
func (f *facts) learn(those ...fact) (news bool) {
	for _, one := range those {
		_, known := f.all.LoadOrStore(one, true)
		news = news || !known
	}
	return news
}

func (f *facts) has(one fact) bool {
	_, ok := f.all.Load(one)
	return ok
}

func (f *facts) list() (all []fact) {
	for one := range f.all.Range {
		all = append(all, one.(fact))
	}
	return all
}

// groups returns the names of the groups that there are facts about.
func (f *facts) groups() []string {
	all := map[string]bool{}
	for _, one := range f.list() {
		all[one.Group] = true
	}
	return slices.Collect(maps.Keys(all))
}

// record is a message in the queue of the records, which are read and never consumed.
// Together they have all facts.
type record struct {
	Service string `json:"service"`
	Facts   []fact `json:"facts"`
}

// read learns what the records have, and completes them.
func (b *server) read(ctx context.Context, l *link) error {
	records, err := b.browse(ctx, l)
	if err != nil {
		return err
	}
	l.keeping.Lock()
	l.stored = nil
	for _, r := range records {
		if r.Service != b.service {
			l.keeping.Unlock()
			return brokerbus.Refuse("topic", "%s has the events of %s; name another topic", b.names, r.Service)
		}
		if l.stored == nil {
			l.stored = map[fact]bool{}
		}
		for _, one := range r.Facts {
			l.stored[one] = true
		}
		b.facts.learn(r.Facts...)
	}
	l.keeping.Unlock()
	return b.complete(ctx, l)
}

// complete stores the facts that the records do not have, and keeps the queues of all
// groups.
func (b *server) complete(ctx context.Context, l *link) error {
	l.keeping.Lock()
	defer l.keeping.Unlock()
	all := b.facts.list()
	lacks := slices.ContainsFunc(all, func(one fact) bool { return !l.stored[one] })
	if lacks || l.stored == nil {
		body, err := json.Marshal(record{b.service, all})
		if err != nil {
			return err
		}
		if err := l.send(ctx, l.records, newMessage(body, nil)); err != nil {
			return err
		}
		l.stored = map[fact]bool{}
		for _, one := range all {
			l.stored[one] = true
		}
	}
	for _, one := range all {
		if err := b.keep(ctx, l, one.Group); err != nil {
			return err
		}
	}
	return nil
}

// browse returns the records. Since a broker does not tell when all were sent, a marker
// is put behind them. Whoever puts it there also takes it away.
func (b *server) browse(ctx context.Context, l *link) (all []record, err error) {
	id := kit.NewUUID().String()
	own := amqp.NewSelectorFilter(propertyMark + " = '" + id + "'")
	taker, err := l.control.NewReceiver(ctx, b.names.records(), &amqp.ReceiverOptions{Credit: 1, Filters: []amqp.LinkFilter{own}})
	if err != nil {
		return nil, err
	}
	defer taker.Close(ctx) //nolint:errcheck // the connection ends if this fails
	if err := l.send(ctx, l.records, newMarker(id, time.Minute)); err != nil {
		return nil, err
	}
	browser, err := l.control.NewReceiver(ctx, b.names.records(), browsing(1000))
	if err != nil {
		return nil, err
	}
	defer browser.Close(ctx) //nolint:errcheck // the connection ends if this fails
	for {
		m, err := browser.Receive(ctx, nil)
		if err != nil {
			return nil, err
		}
		if markerOf(m) == id {
			break
		}
		if r, ok := recordOf(m); ok {
			all = append(all, r)
		}
		if err := browser.AcceptMessage(ctx, m); err != nil {
			return nil, err
		}
	}
	m, err := taker.Receive(ctx, nil)
	if err != nil {
		return nil, err
	}
	return all, taker.AcceptMessage(ctx, m)
}

// browsing is how to attach to a queue and take nothing away.
func browsing(credit int32) *amqp.ReceiverOptions {
	return &amqp.ReceiverOptions{Credit: credit, SourceDistributionMode: amqp.SourceDistributionModeCopy}
}

// recordOf reads a record, unless a message is something else.
func recordOf(m *amqp.Message) (r record, ok bool) {
	err := json.Unmarshal(m.GetData(), &r)
	return r, err == nil && markerOf(m) == ""
}

// accepted waits for what becomes of a message that was sent.
func accepted(ctx context.Context, receipt amqp.SendReceipt) error {
	state, err := receipt.Wait(ctx)
	if err != nil {
		return err
	}
	switch s := state.(type) {
	case *amqp.StateAccepted:
		return nil
	case *amqp.StateRejected:
		if s.Error != nil {
			return s.Error
		}
	}
	return errors.New("the broker did not accept the message")
}
