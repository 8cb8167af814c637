package bench

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

const (
	looksPerSecond = "looks/s"
	entriesAtOnce  = 2000 // that are due in a part of a round
)

var scheduleRows = []paired.Row{
	fired("sqlite", "SQLite", openSQLite), fired("postgres", "Postgres", openPostgres),
	waiting("sqlite", "SQLite", openSQLite), waiting("postgres", "Postgres", openPostgres),
}

// fired compares what emits entries that are due with the same events, emitted at once in
// transactions of the same size.
func fired(name, title string, open func(*testing.T) database) paired.Row {
	return paired.Row{
		Name: "schedule-" + name, Title: "events that are due, " + title, A: "schedule", B: "Emit, in transactions of 100",
		Lines: []paired.Line{{Figure: messagesPerSecond}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: timed(open(t), emitDue), B: timed(open(t), emitAtOnce)}
		},
	}
}

// timed is a round that emits as many events as it can.
func timed(db database, emit func(t *testing.T, db database) time.Duration) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		n, took := 0, time.Duration(0)
		for ; took < d; n += entriesAtOnce {
			took += emit(t, db)
			drain(t, db)
		}
		return paired.Figures{messagesPerSecond: float64(n) / took.Seconds()}
	}
}

func drain(t *testing.T, db database) {
	t.Helper()
	for left := entriesAtOnce; left > 0; {
		messages, err := db.Claim(t.Context(), entriesAtOnce, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]kit.UUID, len(messages))
		for i, m := range messages {
			ids[i] = m.ID
		}
		if err := db.Done(t.Context(), ids...); err != nil {
			t.Fatal(err)
		}
		left -= len(messages)
	}
}

func entriesOf(t *testing.T, db database) schedule.Store {
	t.Helper()
	s, err := db.(interface {
		Schedule(ctx context.Context) (schedule.Store, error)
	}).Schedule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// emitDue makes entries, and tells how long it takes to emit their events.
func emitDue(t *testing.T, db database) time.Duration {
	s, err := schedule.New(schedule.Config{}, schedule.Deps{
		Store: entriesOf(t, db), Tx: db, Events: db, Codec: codec{}, Clock: kit.SystemClock{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	err = db.Within(t.Context(), func(ctx context.Context) error {
		for i := range entriesAtOnce {
			if err := s.Set(ctx, fmt.Sprint("entry ", i), kit.At(now), made{fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if n, err := s.Fire(t.Context(), now); n != entriesAtOnce || err != nil {
		t.Fatalf("%d events were emitted: %v", n, err)
	}
	return time.Since(begin)
}

func emitAtOnce(t *testing.T, db database) time.Duration {
	const batch = 100
	begin := time.Now()
	for at := 0; at < entriesAtOnce; at += batch {
		events := make([]kit.Event, batch)
		for i := range events {
			events[i] = made{fmt.Sprint(at + i)}
		}
		if err := db.Within(t.Context(), func(ctx context.Context) error { return db.Emit(ctx, events...) }); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(begin)
}

// waiting compares looks at what is due where a million entries wait with those where none
// does. A process looks once in schedule.poll.
func waiting(name, title string, open func(*testing.T) database) paired.Row {
	return paired.Row{
		Name: "schedule-idle-" + name, Title: "a look at what is due among 1,000,000 that wait, " + title, A: "1,000,000", B: "none",
		Lines: []paired.Line{{Figure: looksPerSecond, AtLeast: 0.9}},
		Open: func(t *testing.T) paired.Sides {
			many, none := open(t), open(t)
			fill(t, many)
			return paired.Sides{A: looking(many), B: looking(none)}
		},
	}
}

func fill(t *testing.T, db database) {
	t.Helper()
	const columns = `INSERT INTO "schedule" ("name", "when", "due", "at", "topic", "payload") `
	const times = 1000
	var part interface {
		Apply(ctx context.Context, args ...any) (int64, error)
	}
	switch db := db.(type) {
	case *sqlitestore.DB:
		part = db.Statement(columns + `WITH RECURSIVE "n" ("i") AS (SELECT 1 UNION ALL SELECT "i" + 1 FROM "n" WHERE "i" < 1000)
			SELECT 'entry ' || ($1 * 1000 + "i"), 'at 2100-01-01T00:00:00Z', 4102444800000000 + "i", 4102444800000000 + "i", 'made', X'7B7D' FROM "n"`)
	case *postgresstore.DB:
		part = db.Statement(columns + `SELECT 'entry ' || ($1::bigint * 1000 + "i"), 'at 2100-01-01T00:00:00Z',
			'2100-01-01'::timestamptz + "i" * interval '1 second', '2100-01-01'::timestamptz + "i" * interval '1 second', 'made', '{}'
			FROM generate_series(1, 1000) AS "i"`)
	}
	for i := range times {
		if n, err := part.Apply(t.Context(), i); n != manyRows/times || err != nil {
			t.Fatalf("%d entries were made: %v", n, err)
		}
	}
}

func looking(db database) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		entries := entriesOf(t, db)
		n, begin := 0, time.Now()
		for ; time.Since(begin) < d; n++ {
			if _, _, err := entries.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return paired.Figures{looksPerSecond: float64(n) / time.Since(begin).Seconds()}
	}
}
