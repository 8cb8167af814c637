package natsbus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// parcel is a message that is to be sent.
type parcel struct {
	msg       *nats.Msg
	key       string
	partition int
	call      *call
	index     int
	sent      time.Time
}

// call is what is published together.
type call struct {
	taken  func(int, error)
	failed map[string]error // why, by key: what of the key comes later fails as well
}

// publisher sends messages and hears what became of them: of each key one at a
// time, of different keys all at once. It answers every parcel.
//
// It does what jetstream.PublishAsync does, without the two things there that
// break the order of a key: that sends again after others, and holds one lock
// while it tells of a failure.
type publisher struct {
	config Config
	room   chan struct{} // holds one for each parcel
	conn   *nats.Conn
	inbox  string // what answers come to, followed by a number
	halt   chan struct{}
	work   sync.WaitGroup

	mu     sync.Mutex
	lanes  map[string][]*parcel // what waits for each key that is on its way
	flight map[uint64]*parcel   // what is on its way, by number
	number uint64
	heard  [partitions]heard
	closed bool
}

// heard is what was heard last of a partition's stream.
type heard struct {
	number uint64 // the highest that was answered
	at     time.Time
}

func newPublisher(c Config) *publisher {
	return &publisher{
		config: c, room: make(chan struct{}, c.Window), halt: make(chan struct{}),
		lanes: map[string][]*parcel{}, flight: map[uint64]*parcel{},
	}
}

func (p *publisher) start(conn *nats.Conn) error {
	p.conn, p.inbox = conn, conn.NewInbox()+"."
	answers, err := conn.Subscribe(p.inbox+"*", p.answered)
	if err != nil {
		return err
	}
	// A slow taken must not cost answers: there are never more than parcels.
	if err := answers.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	p.work.Go(p.watch)
	return nil
}

// enter waits for room.
func (p *publisher) enter(ctx context.Context) error {
	select {
	case p.room <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.room <- struct{}{}:
		return nil
	case <-p.halt:
		return errClosed()
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the bus has no room")
	}
}

// put sends a parcel, or puts it behind those of its key.
func (p *publisher) put(c *parcel) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		p.settle(c, errClosed())
		return
	}
	if cause := c.call.failed[c.key]; cause != nil {
		p.mu.Unlock()
		p.strand([]*parcel{c}, cause)
		return
	}
	waiting, busy := p.lanes[c.key]
	if busy {
		p.lanes[c.key] = append(waiting, c)
		p.mu.Unlock()
		return
	}
	p.lanes[c.key] = nil
	number := p.depart(c)
	p.mu.Unlock()
	p.send(number, c)
}

// depart notes that a parcel is on its way. It needs the lock.
func (p *publisher) depart(c *parcel) uint64 {
	p.number++
	c.sent = time.Now()
	p.flight[p.number] = c
	return p.number
}

// send hands a parcel to the connection. Nobody else sends one of its key.
func (p *publisher) send(number uint64, c *parcel) {
	c.msg.Reply = p.inbox + strconv.FormatUint(number, 36)
	if err := p.conn.PublishMsg(c.msg); err != nil {
		p.arrived(number, p.refusal(c, err))
	}
}

// refusal is why a parcel did not get as far as the server.
func (p *publisher) refusal(c *parcel, err error) error {
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return kit.Wrap(kit.Invalid, err, fmt.Sprintf("a message of %d bytes is larger than NATS takes", len(c.msg.Data)))
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return kit.Errorf(kit.Unavailable, "there is no connection to NATS at %s", p.config.servers())
	}
	return kit.Wrap(kit.Unavailable, err, "NATS at "+p.config.servers()+" cannot be written to")
}

// answered reads what the server says about a parcel.
func (p *publisher) answered(m *nats.Msg) {
	number, err := strconv.ParseUint(m.Subject[len(p.inbox):], 36, 64)
	if err != nil {
		return // it is none of the answers asked for
	}
	p.hear(number)
	p.arrived(number, verdict(m))
}

// hear notes that a parcel was answered.
func (p *publisher) hear(number uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.flight[number]; c != nil && number > p.heard[c.partition].number {
		p.heard[c.partition] = heard{number, time.Now()}
	}
}

// confirmation begins the answer that says that the server has the message, and
// contains no error then. To read all of it costs as much as to send the message.
var confirmation, failure = []byte(`{"stream":"`), []byte(`"error"`)

// verdict is nil if the server has the message.
func verdict(m *nats.Msg) error {
	if bytes.HasPrefix(m.Data, confirmation) && !bytes.Contains(m.Data, failure) {
		return nil
	}
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return kit.Errorf(kit.Unavailable, "no NATS server has the stream now")
	}
	var answer struct {
		Stream string `json:"stream"`
		Error  *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &answer); {
	case err != nil:
		return kit.Wrap(kit.Unavailable, err, "NATS answered with something else than a confirmation")
	case answer.Error != nil:
		return kit.Errorf(kit.Unavailable, "NATS did not take the message: %s", answer.Error.Description)
	case answer.Stream == "":
		return kit.Errorf(kit.Unavailable, "NATS answered with something else than a confirmation")
	}
	return nil
}

// arrived answers a parcel and sends the next of its key. If it failed, what
// waits behind it fails too, unless it could never have been sent.
func (p *publisher) arrived(number uint64, err error) {
	for {
		p.mu.Lock()
		c := p.flight[number]
		if c == nil {
			p.mu.Unlock()
			return
		}
		delete(p.flight, number)
		waiting := p.lanes[c.key]
		if err != nil && kit.CodeOf(err) != kit.Invalid || len(waiting) == 0 {
			delete(p.lanes, c.key)
			p.noteFailure(c, err)
			for _, w := range waiting {
				p.noteFailure(w, err)
			}
			p.mu.Unlock()
			p.settle(c, err)
			p.strand(waiting, err)
			return
		}
		next := waiting[0]
		p.lanes[c.key] = waiting[1:]
		number = p.depart(next)
		p.mu.Unlock()
		p.settle(c, err)
		next.msg.Reply = p.inbox + strconv.FormatUint(number, 36)
		if err = p.conn.PublishMsg(next.msg); err == nil {
			return
		}
		err = p.refusal(next, err)
	}
}

// noteFailure has what is published together with a parcel, behind it, fail with it.
// It needs the lock.
func (p *publisher) noteFailure(c *parcel, err error) {
	if err != nil && kit.CodeOf(err) != kit.Invalid {
		c.call.failed[c.key] = err
	}
}

// strand answers what waited behind a parcel that failed.
func (p *publisher) strand(waiting []*parcel, cause error) {
	for _, c := range waiting {
		p.settle(c, kit.Wrap(kit.Unavailable, cause, "an earlier message of the key was not taken"))
	}
}

func (p *publisher) settle(c *parcel, err error) {
	<-p.room
	c.call.taken(c.index, err)
}

// watch fails what the server does not answer for too long.
func (p *publisher) watch() {
	tick := time.NewTicker(p.config.PublishTimeout / 20)
	defer tick.Stop()
	for {
		select {
		case <-p.halt:
			return
		case now := <-tick.C:
			p.fail(func(number uint64, c *parcel) bool { return p.overdue(number, c, now) },
				kit.Errorf(kit.Unavailable, "NATS at %s did not confirm within %v", p.config.servers(), p.config.PublishTimeout))
		}
	}
}

// overdue reports whether the answer to a parcel is due. A server that writes each
// message to its disk is slow, but answers in the order of a stream: time counts
// from when that was heard of, unless it has answered later ones. It needs the lock.
func (p *publisher) overdue(number uint64, c *parcel, now time.Time) bool {
	since := c.sent
	if last := p.heard[c.partition]; last.number < number && last.at.After(since) {
		since = last.at
	}
	return now.Sub(since) >= p.config.PublishTimeout
}

// disconnected fails what is on its way: no answer to it can come any more.
func (p *publisher) disconnected(cause error) {
	if cause == nil {
		cause = nats.ErrDisconnected
	}
	p.fail(func(uint64, *parcel) bool { return true },
		kit.Wrap(kit.Unavailable, cause, "the connection to NATS at "+p.config.servers()+" was lost"))
}

func (p *publisher) fail(which func(uint64, *parcel) bool, err error) {
	var failed []uint64
	p.mu.Lock()
	for number, c := range p.flight {
		if which(number, c) {
			failed = append(failed, number)
		}
	}
	p.mu.Unlock()
	for _, number := range failed {
		p.arrived(number, err)
	}
}

// close fails everything, and what comes later.
func (p *publisher) close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.halt)
	}
	p.mu.Unlock()
	p.fail(func(uint64, *parcel) bool { return true }, errClosed())
	p.work.Wait()
}
