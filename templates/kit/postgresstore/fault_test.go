package postgresstore

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// openFaulty opens a database through a proxy, with a table.
func openFaulty(t *testing.T) (*faultyProxy, *scratchTable) {
	t.Helper()
	proxy, dsn := throughProxy(t, testserver.Postgres(t))
	db := openWith(t, Config{DSN: kit.NewSecret(dsn), StatementTimeout: time.Second, ConnectTimeout: time.Second}, textCodec{})
	s := newScratch(t, db)
	s.size(t)
	return proxy, s
}

// TestAFrozenServer has nobody wait for one longer than allowed, and all recover.
func TestAFrozenServer(t *testing.T) {
	proxy, s := openFaulty(t)
	db := s.db
	db.Wake()
	calls := map[string]func(ctx context.Context) error{
		"ping":   db.Ping,
		"write":  func(ctx context.Context) error { return s.put(ctx, 1) },
		"change": func(ctx context.Context) error { _, err := s.insert.Change(ctx, twoEvents("a"), 2); return err },
		"read":   func(ctx context.Context) error { _, err := db.Recall(ctx, "a"); return err },
		"one": func(ctx context.Context) error {
			_, err := db.Statement(`SELECT 1`).Row(ctx, func(Scanner) error { return nil })
			return err
		},
		"emit":  func(ctx context.Context) error { return db.Emit(ctx, textEvent{"a"}) },
		"claim": func(ctx context.Context) error { _, err := db.Claim(ctx, 1, time.Second); return err },
		"lag":   func(ctx context.Context) error { _, _, err := db.Lag(ctx); return err },
	}
	proxy.freeze()
	for name, call := range calls {
		for _, limit := range []time.Duration{200 * time.Millisecond, time.Hour} {
			wantPrompt(t, name, limit, call)
		}
	}
	proxy.unfreeze()
	for began := time.Now(); db.Ping(t.Context()) != nil; {
		if time.Since(began) > 5*time.Second {
			t.Fatal("it does not recover")
		}
	}
	if err := s.put(t.Context(), 100); err != nil {
		t.Error(err)
	}
}

func wantPrompt(t *testing.T, name string, limit time.Duration, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	err := call(ctx)
	took := time.Since(began)
	wantCode(t, err, kit.Unavailable)
	if most := min(limit+cancelGrace, time.Second+answerMargin) + 500*time.Millisecond; took > most {
		t.Errorf("%s took %v, and should take %v at most", name, took, most)
	}
	if limit < time.Second && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: got %v, which hides why", name, err)
	}
}

// TestAStatementThatTakesTooLong is ended by the server, which goes on.
func TestAStatementThatTakesTooLong(t *testing.T) {
	_, s := openFaulty(t)
	sleep := s.db.Statement(`SELECT pg_sleep($1)`)
	nothing := func(Scanner) error { return nil }
	_, err := sleep.Row(t.Context(), nothing, 30)
	wantCode(t, err, kit.Unavailable)
	if pq.As(err, pqerror.QueryCanceled) == nil {
		t.Errorf("got %v, want the server's own word", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = sleep.Row(ctx, nothing, 30)
	wantCode(t, err, kit.Unavailable)
	if took := time.Since(began); took > cancelGrace+400*time.Millisecond || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it took %v: %v", took, err)
	}
	err = s.db.Within(t.Context(), func(ctx context.Context) error {
		_, err := sleep.Row(ctx, nothing, 30)
		return err
	})
	wantCode(t, err, kit.Unavailable)
}

// TestAReadByKeyOutlivesItsCaller so that its connection is not lost with whoever goes
// away, and does so for no longer than the grace.
func TestAReadByKeyOutlivesItsCaller(t *testing.T) {
	db := openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t)), Readers: 1}, textCodec{})
	process := func(ctx context.Context, sleep time.Duration) (pid int, err error) {
		_, err = db.Statement(`SELECT pg_backend_pid() FROM pg_sleep($1)`).Row(ctx, func(row Scanner) error { return row.Scan(&pid) }, sleep.Seconds())
		return pid, err
	}
	before, err := process(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		takes  time.Duration
		isKept bool
	}{{cancelGrace / 4, true}, {10 * cancelGrace, false}} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		began := time.Now()
		_, err := process(ctx, c.takes)
		cancel()
		if took := time.Since(began); took > 3*cancelGrace || (err == nil) != c.isKept {
			t.Errorf("a read of %v took %v: %v", c.takes, took, err)
		}
		if after, err := process(t.Context(), 0); err != nil || (after == before) != c.isKept {
			t.Errorf("a read of %v was in process %d, and the next one is in %d: %v", c.takes, before, after, err)
		}
	}
}

// TestACommitThatNobodyAnswers is kept, told as unknown, and not made again.
func TestACommitThatNobodyAnswers(t *testing.T) {
	proxy, s := openFaulty(t)
	proxy.cutAfter("COMMIT")
	runs := 0
	err := s.db.Within(t.Context(), func(ctx context.Context) error {
		runs++
		_, err := s.insert.Exec(ctx, runs)
		return err
	})
	wantUnknown(t, err)
	if runs != 1 || s.size(t) != 1 {
		t.Errorf("it was run %d times, and kept %d rows", runs, s.size(t))
	}
}

// TestAChangeThatNobodyAnswers is the same for a change of one statement, which
// the driver would have run again.
func TestAChangeThatNobodyAnswers(t *testing.T) {
	proxy, s := openFaulty(t)
	add := s.db.Statement(`INSERT INTO "scratch" SELECT count(*) + $1 FROM "scratch"`)
	for n, events := range [][]kit.Event{nil, {textEvent{"look for this"}}} {
		if _, err := add.Change(t.Context(), events, 1000); err != nil {
			t.Fatal(err)
		}
		look := "\x00\x041000" // the argument, and its length
		proxy.cutAfter(look)
		_, err := add.Change(t.Context(), events, 1000)
		wantUnknown(t, err)
		if want := 2 * (n + 1); s.size(t) != want {
			t.Errorf("%d rows are kept, want %d", s.size(t), want)
		}
	}
	wantTexts(t, s.db, "look for this", "look for this")
}

func wantUnknown(t *testing.T, err error) {
	t.Helper()
	wantCode(t, err, kit.Unavailable)
	if err == nil || !strings.Contains(err.Error(), "did not confirm") {
		t.Errorf("got %v, which does not say that it is unknown", err)
	}
}

// TestLostConnections has all be cut between two calls, as by a restart.
func TestLostConnections(t *testing.T) {
	proxy, s := openFaulty(t)
	many := make(chan error)
	for range 6 { // open several connections
		go func() {
			many <- s.db.Within(t.Context(), func(ctx context.Context) error {
				_, err := s.any.Row(t.Context(), func(Scanner) error { return nil }, 1)
				time.Sleep(50 * time.Millisecond)
				return err
			})
		}()
	}
	for range 6 {
		if err := <-many; err != nil {
			t.Fatal(err)
		}
	}
	proxy.cutAll()
	s.size(t)
	for n := range 10 {
		if err := s.put(t.Context(), n); err != nil {
			t.Errorf("write %d: %v", n, err)
		}
		if _, err := s.insert.Change(t.Context(), twoEvents("a"), 100+n); err != nil {
			t.Errorf("change %d: %v", n, err)
		}
	}
	if n := s.size(t); n != 20 {
		t.Errorf("%d rows are kept, want 20", n)
	}
}

// TestATransactionLosesItsConnection before it is committed: it is run again.
func TestATransactionLosesItsConnection(t *testing.T) {
	proxy, s := openFaulty(t)
	runs := 0
	err := s.db.Within(t.Context(), func(ctx context.Context) error {
		if runs++; runs == 1 {
			proxy.cutAll()
		}
		_, err := s.insert.Exec(ctx, runs)
		return err
	})
	if err != nil || runs != 2 || s.size(t) != 1 {
		t.Errorf("run %d times, %d rows: %v", runs, s.size(t), err)
	}
}

// TestNothingIsLeftBehind closes a database whose server was frozen.
func TestNothingIsLeftBehind(t *testing.T) {
	dsn := testserver.Postgres(t)
	before := runtime.NumGoroutine()
	proxy, faulty := throughProxy(t, dsn)
	db, err := Open(t.Context(), Config{DSN: kit.NewSecret(faulty), StatementTimeout: time.Second, ConnectTimeout: time.Second}, textCodec{}, kit.Schema{})
	if err == nil {
		err = db.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	db.Wake()
	if err := db.Emit(t.Context(), textEvent{"a"}); err != nil {
		t.Fatal(err)
	}
	proxy.freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	wantCode(t, db.Ping(ctx), kit.Unavailable)
	began := time.Now()
	_ = db.Close()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("closing took %v", took)
	}
	_ = proxy.listen.Close()
	proxy.unfreeze()
	proxy.cutAll()
	for began := time.Now(); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 3*time.Second {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, and %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
