package delivery_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

// memberVariable holds the memberConfig of a process of a history.
const memberVariable = "HISTORY_MEMBER"

// memberConfig says what a member of a history consists of.
type memberConfig struct {
	Store, Path, DSN string
	Bus, URL, Name   string

	Version             int
	Seed                uint64
	Lease               time.Duration
	Concurrency, Window int
}

// newest is the latest version. The first one does not know of topic b.
const newest = 2

// The groups that handle events. The first version of the ledger handles one topic only,
// and does not know of the audit.
const ledger, audit = "ledger", "audit"

var groups = []string{ledger, audit}

// numbered is an event of a history.
type numbered struct {
	Name, About string // the topic and the key
	N           int
}

func (e numbered) Topic() string { return e.Name }
func (e numbered) Key() string   { return e.About }

type numberedCodec struct{}

func (numberedCodec) Encode(e kit.Event) ([]byte, error) { return json.Marshal(e) }

func (numberedCodec) Decode(topic string, payload []byte) (kit.Event, error) {
	var e numbered
	return e, json.Unmarshal(payload, &e)
}

// historyStore is what a member needs of a store.
type historyStore interface {
	kit.Transactor
	kit.Emitter
	kit.Outbox
	kit.Inbox
	kit.DeadLetterQueue
	Migrate(ctx context.Context) error
	Close() error
}

// statements are those of the table of effects.
type statements struct {
	insert func(ctx context.Context, args ...any) (int64, error)
	list   func(ctx context.Context, each func(effect) error) error
}

const (
	insertEffect = `INSERT INTO "effect" ("group", "topic", "key", "number") VALUES ($1, $2, $3, $4)`
	listEffects  = `SELECT "group", "topic", "key", "number" FROM "effect" ORDER BY "at"`
)

func effectSchema(identity string) kit.Schema {
	text := `-- +goose Up
CREATE TABLE "effect" ("at" ` + identity + `, "group" text NOT NULL, "topic" text NOT NULL, "key" text NOT NULL, "number" bigint NOT NULL);
`
	return kit.Schema{Project: "history", Migrations: fstest.MapFS{"migrations/00001_effect.sql": {Data: []byte(text)}}}
}

func (c memberConfig) openStore(ctx context.Context) (historyStore, statements, error) {
	if c.Store == "sqlite" {
		db, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: c.Path}, numberedCodec{}, effectSchema("INTEGER PRIMARY KEY AUTOINCREMENT"))
		if err != nil {
			return nil, statements{}, err
		}
		return db, statementsOf(db.Statement), nil
	}
	db, err := postgresstore.Open(ctx, postgresstore.Config{DSN: kit.NewSecret(c.DSN)}, numberedCodec{},
		effectSchema("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
	if err != nil {
		return nil, statements{}, err
	}
	return db, statementsOf(db.Statement), nil
}

func statementsOf(prepare func(text string) *sqlitestore.Statement) statements {
	insert, list := prepare(insertEffect), prepare(listEffects)
	return statements{insert.Exec, func(ctx context.Context, each func(effect) error) error {
		return list.Rows(ctx, func(row sqlitestore.Scanner) error {
			var e effect
			if err := row.Scan(&e.Group, &e.Topic, &e.Key, &e.Number); err != nil {
				return err
			}
			return each(e)
		})
	}}
}

// connecting is longer than by default: the machine may be busy.
const connecting = 10 * time.Second

func (c memberConfig) openBus(ctx context.Context) (kit.Bus, error) {
	switch c.Bus {
	case "channels":
		return chanbus.New(chanbus.Config{Window: c.Window}), nil
	case "nats":
		return natsbus.New(ctx, "history", natsbus.Config{URL: c.URL, Stream: c.Name, Lease: c.Lease, Window: c.Window, ConnectTimeout: connecting})
	case "activemq":
		return activemqbus.New(ctx, "history", activemqbus.Config{URL: c.URL, Topic: c.Name, Lease: c.Lease, Window: c.Window, ConnectTimeout: connecting})
	case "kafka":
		return kafkabus.New(ctx, "history", kafkabus.Config{Brokers: c.URL, Topic: c.Name, Lease: c.Lease, Window: c.Window, ConnectTimeout: connecting})
	case "rabbitmq":
		return rabbitmqbus.New(ctx, "history", rabbitmqbus.Config{URL: c.URL, Exchange: c.Name, Lease: c.Lease, Window: c.Window, ConnectTimeout: connecting})
	default:
		return nil, fmt.Errorf("there is no bus %q", c.Bus)
	}
}

// TestMember is a process of a history: it emits what it is told to, and handles events,
// until its input ends.
func TestMember(t *testing.T) {
	var c memberConfig
	if err := json.Unmarshal([]byte(cmp.Or(os.Getenv(memberVariable), "{}")), &c); err != nil || c.Version == 0 {
		return
	}
	if err := c.run(context.Background()); err != nil {
		fmt.Println("failed:", err)
		t.Fatal(err)
	}
}

func (c memberConfig) run(ctx context.Context) error {
	db, effects, err := c.openStore(ctx)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // all that was acknowledged is committed
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	bus, err := c.openBus(ctx)
	if err != nil {
		return err
	}
	defer bus.Close() //nolint:errcheck // as above
	stop, err := c.deliver(ctx, db, bus, effects)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
		if s.Text() == "effects" {
			if err := effects.list(ctx, func(e effect) error { fmt.Println(e.Group, e.Topic, e.Key, e.Number); return nil }); err != nil {
				return err
			}
			fmt.Println("end")
			continue
		}
		var e numbered
		if _, err := fmt.Sscan(strings.TrimPrefix(s.Text(), "emit "), &e.Name, &e.About, &e.N); err != nil {
			return err
		}
		result := "acked"
		if err := db.Emit(ctx, e); err != nil {
			result = "refused"
		}
		fmt.Println(result, e.About, e.N)
	}
	return stop()
}

// deliver begins to deliver events, and returns what ends it.
func (c memberConfig) deliver(ctx context.Context, db historyStore, bus kit.Bus, effects statements) (stop func() error, err error) {
	config := delivery.Config{
		Attempts: 1000, Backoff: time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		Poll: 100 * time.Millisecond, Concurrency: c.Concurrency,
	}
	deps := delivery.Deps{
		Bus: bus, Tx: db, Outbox: db, Inbox: db, DeadLetters: db, Codec: numberedCodec{},
		Clock: kit.SystemClock{}, Log: slog.New(slog.DiscardHandler), Counter: new(delivery.Counter),
	}
	var stops []func(context.Context) error
	for _, s := range c.subscribers(effects) {
		consumer, err := delivery.NewConsumer(s, config, deps)
		if err != nil {
			return nil, err
		}
		if err := consumer.Start(ctx); err != nil {
			return nil, err
		}
		stops = append(stops, consumer.Stop)
	}
	relay := delivery.NewRelay(config, deps)
	relay.Start()
	return func() error {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		for _, stop := range stops {
			_ = stop(ctx) // what is not handled is delivered again
		}
		_ = relay.Stop(ctx) // what is not published stays in the outbox
		return nil
	}, nil
}

// subscribers returns those of the version.
func (c memberConfig) subscribers(effects statements) []delivery.Subscriber {
	random := rand.New(rand.NewPCG(c.Seed, 0))
	chance := make(chan int)
	go func() {
		for {
			chance <- random.IntN(100)
		}
	}()
	handle := func(group string) func(ctx context.Context, e kit.Event) error {
		return func(ctx context.Context, e kit.Event) error {
			n := <-chance
			time.Sleep(time.Duration(n/10) * time.Millisecond)
			event := e.(numbered)
			if _, err := effects.insert(ctx, group, event.Name, event.About, event.N); err != nil {
				return err
			}
			if n < 5 {
				return errors.New("fails by chance")
			}
			return nil
		}
	}
	if c.Version < newest {
		return []delivery.Subscriber{recorder{ledger, []string{"a"}, handle(ledger)}}
	}
	both := []string{"a", "b"}
	return []delivery.Subscriber{recorder{ledger, both, handle(ledger)}, recorder{audit, both, handle(audit)}}
}

// recorder records what its group handles.
type recorder struct {
	group  string
	topics []string
	handle func(context.Context, kit.Event) error
}

func (r recorder) Group() string                                   { return r.group }
func (r recorder) Topics() []string                                { return r.topics }
func (r recorder) HandleTx(ctx context.Context, e kit.Event) error { return r.handle(ctx, e) }
