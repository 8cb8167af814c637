package lockstest

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var blows = flag.Int("blows", 4, "how many holders History freezes and kills")

// historyVariable tells another process where the locks and the store are.
const historyVariable = "LOCKS_OF_ANOTHER_PROCESS"

// contended is the lock that all processes want.
const contended = "contended"

// History has three processes hold one lock in turn, and write to a store meanwhile without
// looking at their contexts. Those that are inside are frozen until another one is, or killed.
// It prints how often, and
//
//   - both_in: how many got in before the one before had left, died, or had its context end:
//     until then a holder has reason to believe that it is alone;
//   - refused: how many of their writes came when another one had written since. That a
//     process wakes up inside cannot be helped;
//   - stuck: how often nobody got in for long while one was frozen;
//   - stale_writes: how many of the writes that were refused, or should have been, were made.
//
// open returns a driver for the locks at an address. The other processes run the test that
// calls History.
func History(t *testing.T, address func() string, open func(t *testing.T, address string) locks.Driver) {
	if place := os.Getenv(historyVariable); place != "" {
		at, dsn, _ := strings.Cut(place, " ")
		inhabit(t, open(t, at), dsn)
		return
	}
	drivertest.Patience(t, 2*time.Minute)
	dsn := testserver.Postgres(t)
	db := openHistory(t, dsn)
	assert.NoError(t, db.Migrate(t.Context()))
	h := &history{t: t, place: address() + " " + dsn}
	for range 3 {
		h.start()
	}
	freezes, kills := 0, 0
	for freezes+kills < *blows && h.stuck <= *blows {
		if freezes <= kills {
			freezes += h.freeze()
		} else {
			kills += h.kill()
		}
	}
	h.end()
	stale, writes := 0, 0
	last := int64(0)
	err := db.Statement(`SELECT "token" FROM "history" ORDER BY "seq"`).Rows(t.Context(), func(row postgresstore.Scanner) error {
		var token int64
		err := row.Scan(&token)
		if writes++; token < last {
			stale++
		}
		last = max(last, token)
		return err
	})
	assert.NoError(t, err)
	both, periods := h.both()
	fmt.Printf("%s: freezes=%d kills=%d holders=%d writes=%d refused=%d stuck=%d both_in=%d stale_writes=%d\n",
		t.Name(), freezes, kills, periods, writes, h.refused, h.stuck, both, stale)
	if both > 0 || stale > 0 || writes == 0 || h.stuck > 2+*blows/10 {
		t.Errorf("two were inside %d times, there are %d stale writes of %d, and nobody got in %d times", both, stale, writes, h.stuck)
	}
}

func openHistory(t *testing.T, dsn string) *postgresstore.DB {
	t.Helper()
	const long = 30 * time.Second // a busy machine does not exceed it
	db, err := postgresstore.Open(t.Context(), postgresstore.Config{
		DSN: kit.NewSecret(dsn), Connections: 2, Readers: 1, ConnectTimeout: long, StatementTimeout: long,
	}, storetest.Codec{},
		kit.Schema{Project: "history", Migrations: fstest.MapFS{"migrations/1_history.sql": {Data: []byte(
			"-- +goose Up\nCREATE TABLE \"history\" (\"seq\" bigserial PRIMARY KEY, \"token\" bigint NOT NULL);")}}})
	assert.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// inhabit holds the lock again and again, until the first process ends, and tells it.
func inhabit(t *testing.T, d locks.Driver, dsn string) {
	db := openHistory(t, dsn)
	fence, err := locks.NewFence(t.Context(), db)
	assert.NoError(t, err)
	l := locks.New("history", locks.Config{Lease: lease}, telling{d}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	note := db.Statement(`INSERT INTO "history" ("token") VALUES ($1)`)
	for ctx.Err() == nil {
		_ = l.Do(ctx, contended, func(ctx context.Context, token int64) error { // whatever becomes of it
			tell("in", token)
			ctx = context.WithoutCancel(ctx)
			for range 10 + rand.N(40) { // also those that are left when it wakes up
				time.Sleep(rand.N(20 * time.Millisecond))
				err := db.Within(ctx, func(ctx context.Context) error {
					if err := fence.Pass(ctx, contended, token); err != nil {
						return err
					}
					_, err := note.Exec(ctx, token)
					return err
				})
				if kit.CodeOf(err) == kit.Conflict {
					tell("refused", token)
				}
			}
			tell("out", token)
			return nil
		})
	}
	assert.NoError(t, l.Close())
}

// tell tells the first process what happened and when. All are on one machine, with one clock.
func tell(what string, token int64) { tellAt(what, token, time.Now()) }

func tellAt(what string, token int64, at time.Time) {
	fmt.Printf("told %s %d %d\n", what, token, at.UnixNano())
}

// telling is a driver that tells until when its lock is relied on.
type telling struct{ locks.Driver }

func (d telling) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	sent := time.Now()
	token, err := d.Driver.Acquire(ctx, name, owner, lease)
	if token != 0 {
		tellAt("until", token, locks.ReliedOn(sent, lease))
	}
	return token, err
}

func (d telling) Renew(ctx context.Context, name, owner string, lease time.Duration) (bool, error) {
	sent := time.Now()
	held, err := d.Driver.Renew(ctx, name, owner, lease)
	if held {
		tellAt("until", 0, locks.ReliedOn(sent, lease))
	}
	return held, err
}
