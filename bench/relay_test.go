package bench

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var relayRows = []paired.Row{
	{
		Name: "relay-sqlite", Title: "events from the outbox, SQLite", A: "relay", B: "nats.go, in batches of 1,000 that are at hand",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 50_000, Alone: true}},
		Open: func(t *testing.T) paired.Sides {
			return relayedTo(t, openSQLite(t))
		},
	},
	{
		Name: "relay-postgres", Title: "events from the outbox, Postgres", A: "relay", B: "nats.go, in batches of 1,000 that are at hand",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 50_000, Alone: true}},
		Open: func(t *testing.T) paired.Sides {
			return relayedTo(t, openPostgres(t))
		},
	},
}

// made is an event.
type made struct{ Order string }

func (made) Topic() string { return topic }
func (e made) Key() string { return e.Order }

// codec encodes it.
type codec struct{}

func (codec) Encode(e kit.Event) ([]byte, error) { return json.Marshal(e) }
func (codec) Decode(_ string, payload []byte) (e kit.Event, err error) {
	var m made
	err = json.Unmarshal(payload, &m)
	return m, err
}

// database is a store with an outbox.
type database interface {
	kit.Transactor
	kit.Emitter
	kit.Outbox
}

func openSQLite(t *testing.T) database {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "service.db")}, codec{}, kit.Schema{})
	if err == nil {
		err = db.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // its folder is removed
	return db
}

func openPostgres(t *testing.T) database {
	t.Helper()
	dsn := newDatabase(t, testserver.StartPostgres(t).URL(), "relay")
	db, err := postgresstore.Open(t.Context(), postgresstore.Config{DSN: kit.NewSecret(dsn)}, codec{}, kit.Schema{})
	if err == nil {
		err = db.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // its server ends
	return db
}

// relayedTo is a relay to NATS, and nats.go beside it.
func relayedTo(t *testing.T, db database) paired.Sides {
	t.Helper()
	url := nats.server(t).URL()
	client, err := nats.raw(t.Context(), url, "raw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() }) // nothing is under way then
	return paired.Sides{A: relayed(db, nats.on(t, url)), B: published(client)}
}

// relayed is a round that brings to a bus what is in an outbox, until nothing is.
func relayed(db database, bus kit.Bus) paired.Round {
	round := 0
	return func(t *testing.T, d time.Duration) paired.Figures {
		n := int(d.Seconds() * 30_000)
		round++
		emit(t, db, strconv.Itoa(round), n)
		counter := &delivery.Counter{}
		relay := delivery.NewRelay(delivery.Config{}, delivery.Deps{
			Bus: bus, Tx: db, Outbox: db, Clock: kit.SystemClock{}, Log: slog.New(slog.DiscardHandler), Counter: counter,
		})
		began := time.Now()
		relay.Start()
		for counter.Published.Load() < int64(n) {
			time.Sleep(time.Millisecond) // the interval of polling a counter
		}
		took := time.Since(began)
		if err := relay.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waiting, _, err := db.Lag(t.Context()); err != nil || waiting > 0 {
			t.Fatalf("%d events are left: %v", waiting, err)
		}
		return paired.Figures{messagesPerSecond: float64(n) / took.Seconds()}
	}
}

// emit puts events into the outbox, each of another key.
func emit(t *testing.T, db database, round string, n int) {
	t.Helper()
	for first := 0; first < n; first += 1000 {
		events := make([]kit.Event, min(1000, n-first))
		for i := range events {
			events[i] = made{"0198c0f2-7d6e-7a3b-8c4d-" + round + "-" + strconv.Itoa(first+i)}
		}
		if err := db.Within(t.Context(), func(ctx context.Context) error { return db.Emit(ctx, events...) }); err != nil {
			t.Fatal(err)
		}
	}
}
