package delivery_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/databasetest"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var (
	histories   = flag.Int("histories", 1, "how many random histories to run over each store and bus")
	historyTime = flag.Duration("for", 0, "how long to run random histories over each store and bus, instead")
	historySeed = flag.Uint64("seed", 0, "of the first history; 0 for a random one")
)

// serving is a store as a process opens it.
type serving interface {
	databasetest.Database
	Migrate(ctx context.Context) error
	Close() error
}

// world is the servers of a history, which outlive its processes.
type world struct {
	open  func(ctx context.Context) (serving, error)
	bus   func(ctx context.Context) (kit.Bus, error)
	most  int                       // processes at once
	inbox func(kit.Inbox) kit.Inbox // to break it
}

// tally is what the histories found.
type tally struct{ histories, acked, lost, doubled, reordered atomic.Int64 }

func (c *tally) String() string {
	return fmt.Sprintf("histories=%d acked=%d lost=%d dup_effects=%d reordered=%d",
		c.histories.Load(), c.acked.Load(), c.lost.Load(), c.doubled.Load(), c.reordered.Load())
}

// historyPatience is how long a history waits for what must happen. The claims of a
// process that died last for a while.
const historyPatience = 2 * time.Minute

var historyGroups = []string{"a", "b"}

// effect is the key under which a group keeps what it did for an event.
func effect(group string, e counted) string { return fmt.Sprintf("%s/%s/%d", group, e.Of, e.N) }

// process is one of a service, as far as delivery is concerned.
type process struct {
	db        serving
	bus       kit.Bus
	consumers []*delivery.Consumer
	relay     *delivery.Relay
}

// history is a random one: processes start with settings that differ, emit, and die.
type history struct {
	world
	*tally
	random    *rand.Rand
	processes []*process
	acked     []counted
	next      map[string]int // number of the next event, by key
	keys      []string
}

func (h *history) start(ctx context.Context) error {
	db, err := h.open(ctx)
	if err != nil {
		return err
	}
	bus, err := h.bus(ctx)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	p := &process{db: db, bus: bus}
	config := delivery.Config{
		Attempts: 1000, Backoff: time.Millisecond, MaxBackoff: time.Duration(1+h.random.IntN(20)) * time.Millisecond,
		Concurrency: 1 + h.random.IntN(8), Poll: time.Duration(1+h.random.IntN(30)) * time.Millisecond,
	}
	deps := delivery.Deps{
		Bus: bus, Tx: db, Outbox: db, Inbox: h.inbox(db), DeadLetters: db, Codec: codec{}, Clock: kit.SystemClock{},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Counter: new(delivery.Counter),
	}
	for _, group := range historyGroups {
		c, err := delivery.NewConsumer(subscriber{group, func(ctx context.Context, e kit.Event) error {
			return h.handle(ctx, db, group, e.(counted))
		}}, config, deps)
		if err != nil {
			return err
		}
		if err := c.Start(ctx); err != nil {
			return err
		}
		p.consumers = append(p.consumers, c)
	}
	p.relay = delivery.NewRelay(config, deps)
	p.relay.Start()
	h.processes = append(h.processes, p)
	return nil
}

// handle has its effect in the store. The event before it of its key must have had its.
func (h *history) handle(ctx context.Context, db serving, group string, e counted) error {
	if rand.IntN(10) == 0 {
		return errors.New("not now")
	}
	time.Sleep(rand.N(2 * time.Millisecond)) // so that some die meanwhile
	if e.N > 0 {
		_, err := db.Recall(ctx, effect(group, counted{e.Of, e.N - 1}))
		if kit.CodeOf(err) == kit.NotFound {
			h.reordered.Add(1)
		} else if err != nil {
			return err
		}
	}
	err := db.Remember(ctx, effect(group, e), kit.Reply{}, time.Now())
	if kit.CodeOf(err) == kit.AlreadyExists {
		h.doubled.Add(1)
		return nil
	}
	return err
}

// kill ends a process with all its connections, and lets nothing finish.
func (h *history) kill(n int) {
	p := h.processes[n]
	h.processes = append(h.processes[:n:n], h.processes[n+1:]...)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	var all sync.WaitGroup
	all.Go(func() { _ = p.bus.Close() })
	all.Go(func() { _ = p.relay.Stop(ended) })
	for _, c := range p.consumers {
		all.Go(func() { _ = c.Stop(ended) })
	}
	all.Wait()
	_ = p.db.Close()
}

// emit emits an event. If it is not known whether that succeeded, the key is given up.
func (h *history) emit(ctx context.Context) {
	i := h.random.IntN(len(h.keys))
	e := counted{h.keys[i], h.next[h.keys[i]]}
	if h.processes[h.random.IntN(len(h.processes))].db.Emit(ctx, e) != nil {
		h.keys[i] += "'"
		return
	}
	h.next[e.Of]++
	h.acked = append(h.acked, e)
}

// run makes the history, and compares what was acknowledged with what has its effects.
func (h *history) run(ctx context.Context) error {
	for range 40 + h.random.IntN(40) {
		switch dice := h.random.IntN(20); {
		case len(h.processes) == 0, dice < 3 && len(h.processes) < h.most:
			if err := h.start(ctx); err != nil {
				return err
			}
		case dice < 5:
			h.kill(h.random.IntN(len(h.processes)))
		default:
			h.emit(ctx)
		}
	}
	if len(h.processes) == 0 {
		if err := h.start(ctx); err != nil {
			return err
		}
	}
	h.tally.acked.Add(int64(len(h.acked)))
	deadline := time.Now().Add(historyPatience)
	for _, e := range h.acked {
		for _, group := range historyGroups {
			for h.lacks(ctx, effect(group, e)) {
				if time.Now().After(deadline) {
					h.lost.Add(1)
					break
				}
				time.Sleep(time.Millisecond) // the interval of looking
			}
		}
	}
	for len(h.processes) > 0 {
		h.kill(0)
	}
	h.histories.Add(1)
	return nil
}

func (h *history) lacks(ctx context.Context, key string) bool {
	_, err := h.processes[0].db.Recall(ctx, key)
	return err != nil
}

// worldOf returns a store and a bus that are empty.
func worldOf(t *testing.T, store, bus string) world {
	t.Helper()
	w := world{most: 1, inbox: func(in kit.Inbox) kit.Inbox { return in }}
	switch store {
	case "sqlite":
		path := filepath.Join(t.TempDir(), "x.db")
		w.open = func(ctx context.Context) (serving, error) {
			db, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: path}, codec{}, kit.Schema{})
			return migrated(ctx, db, err)
		}
	case "postgres":
		dsn := kit.NewSecret(testserver.Postgres(t))
		w.most = 3
		w.open = func(ctx context.Context) (serving, error) {
			db, err := postgresstore.Open(ctx, postgresstore.Config{DSN: dsn}, codec{}, kit.Schema{})
			return migrated(ctx, db, err)
		}
	}
	switch bus {
	case "channels":
		w.bus = func(context.Context) (kit.Bus, error) { return chanbus.New(chanbus.Config{}), nil }
	case "nats":
		c := natsbus.Config{URL: testserver.NATS(t), Stream: kit.NewUUID().String(), Lease: time.Second}
		w.bus = func(ctx context.Context) (kit.Bus, error) { return natsbus.New(ctx, c) }
	}
	return w
}

func migrated[DB serving](ctx context.Context, db DB, err error) (serving, error) {
	if err != nil {
		return nil, err
	}
	return db, db.Migrate(ctx)
}

// runHistory runs the history of a seed.
func runHistory(t *testing.T, w world, seed uint64, into *tally) {
	t.Helper()
	h := &history{
		world: w, tally: into, random: rand.New(rand.NewPCG(seed, 0)),
		keys: []string{"x", "y", "z"}, next: map[string]int{},
	}
	if err := h.run(t.Context()); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// TestRandomHistories runs histories of processes that start with settings that differ,
// emit events, and are killed, over each store and bus. Nothing is lost, and each effect
// is there once and in the order of its key.
//
//	go test ./templates/kit/delivery -run TestRandomHistories -v -for 15m -timeout 2h
func TestRandomHistories(t *testing.T) {
	for _, name := range [][2]string{{"sqlite", "channels"}, {"postgres", "channels"}, {"sqlite", "nats"}, {"postgres", "nats"}} {
		t.Run(name[0]+" and "+name[1], func(t *testing.T) {
			var found tally
			seed, began := *historySeed, time.Now()
			if seed == 0 {
				seed = rand.Uint64() >> 1
			}
			for n := uint64(0); time.Since(began) < *historyTime || *historyTime == 0 && n < uint64(*histories); n++ {
				before := found.String()
				runHistory(t, worldOf(t, name[0], name[1]), seed+n, &found)
				if wrong := found.lost.Load() + found.doubled.Load() + found.reordered.Load(); wrong > 0 || t.Failed() {
					t.Fatalf("-seed %d: %s, and %s before", seed+n, &found, before)
				}
			}
			t.Logf("seeds %d to %d: %s", seed, seed+uint64(found.histories.Load())-1, &found)
		})
	}
}

// forgetfulInbox knows no event that was handled.
type forgetfulInbox struct{ kit.Inbox }

func (forgetfulInbox) Marked(context.Context, string, kit.UUID) (bool, error) { return false, nil }

func (forgetfulInbox) Mark(context.Context, string, kit.UUID) (bool, error) { return true, nil }

// TestRandomHistoriesFindWhatIsBroken has an inbox that forgets, and finds that effects are
// doubled.
func TestRandomHistoriesFindWhatIsBroken(t *testing.T) {
	var found tally
	for seed := uint64(1); found.doubled.Load() == 0; seed++ {
		if seed > 50 {
			t.Fatalf("%s, and the inbox is broken", &found)
		}
		w := worldOf(t, "sqlite", "channels")
		w.inbox = func(in kit.Inbox) kit.Inbox { return forgetfulInbox{in} }
		runHistory(t, w, seed, &found)
	}
}
