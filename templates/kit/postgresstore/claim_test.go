package postgresstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// claims claims everything there is, and returns how much that is.
func claims(t *testing.T, db *DB) int {
	t.Helper()
	messages, err := db.Claim(t.Context(), 10, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return len(messages)
}

// change changes the claims of a process.
func change(db *DB, do func(b *claimBook)) {
	db.claims.turn <- struct{}{}
	defer db.claims.unlock()
	do(db.claims)
}

// TestALeaseThatNobodyAnswers was taken, unknown to its process: it claims as before, and
// what it had claimed stays claimed.
func TestALeaseThatNobodyAnswers(t *testing.T) {
	proxy, s := openFaulty(t)
	if err := s.db.Emit(t.Context(), textEvent{"a"}); err != nil {
		t.Fatal(err)
	}
	if n := claims(t, s.db); n != 1 {
		t.Fatalf("%d messages were claimed", n)
	}
	if err := s.db.Emit(t.Context(), twoEvents("b")...); err != nil {
		t.Fatal(err)
	}
	change(s.db, func(b *claimBook) { b.renew = time.Time{} })
	proxy.cutAfter(s.db.self.String())
	if n := claims(t, s.db); n != 2 {
		t.Errorf("%d messages can be claimed after the answer was lost, want 2", n)
	}
	if n := claims(t, s.db); n != 0 {
		t.Errorf("%d messages were claimed again", n)
	}
}

// TestClaimsLastAsLongAsTheirProcess has one live for many times as long as its
// claims would without being renewed, and die before their lease ends.
func TestClaimsLastAsLongAsTheirProcess(t *testing.T) {
	t.Parallel() // it waits
	dsn := kit.NewSecret(testserver.Postgres(t))
	first := openWith(t, Config{DSN: dsn}, textCodec{})
	second := openOnly(t, Config{DSN: dsn}, textCodec{})
	first.claims.life = 5 * time.Second // of which a busy machine may take some
	if err := first.Emit(t.Context(), twoEvents("a")...); err != nil {
		t.Fatal(err)
	}
	if n := claims(t, first); n != 2 {
		t.Fatalf("%d messages were claimed", n)
	}
	for began := time.Now(); time.Since(began) < 2*first.claims.life; time.Sleep(20 * time.Millisecond) {
		if n := claims(t, second); n != 0 {
			t.Fatalf("%d messages were taken from a process that lives", n)
		}
	}
	if err := first.Close(); err != nil { // it has claims, and so keeps the lease
		t.Fatal(err)
	}
	for began := time.Now(); claims(t, second) != 2; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*first.claims.life {
			t.Fatal("the claims of a process that died go on")
		}
	}
}

// TestLeasesEnd also while their process lives.
func TestLeasesEnd(t *testing.T) {
	db := openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t))}, textCodec{})
	db.claims.life = 300 * time.Millisecond
	if err := db.Emit(t.Context(), textEvent{"a"}); err != nil {
		t.Fatal(err)
	}
	if messages, err := db.Claim(t.Context(), 10, 800*time.Millisecond); err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	began := time.Now()
	for claims(t, db) == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	if took := time.Since(began); took < 700*time.Millisecond || took > 2*time.Second {
		t.Errorf("a lease of 800ms ended after %v", took)
	}
}

// TestTheLeaseIsHandedOver by a process that ends with nothing claimed, and so at once.
func TestTheLeaseIsHandedOver(t *testing.T) {
	dsn := kit.NewSecret(testserver.Postgres(t))
	first := openWith(t, Config{DSN: dsn}, textCodec{})
	second := openOnly(t, Config{DSN: dsn}, textCodec{})
	first.claims.life, second.claims.life = time.Hour, 400*time.Millisecond
	if err := first.Emit(t.Context(), textEvent{"a:1"}, textEvent{"a:2"}); err != nil {
		t.Fatal(err)
	}
	messages, err := first.Claim(t.Context(), 1, time.Hour)
	if err == nil {
		err = first.Done(t.Context(), messages[0].ID)
	}
	if err != nil || claims(t, second) != 0 {
		t.Fatal("two processes have the lease, or none", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for claims(t, second) != 1 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

// TestAServerThatLostSeqs has used them, and gives them again: after a failover to a
// standby that was behind.
func TestAServerThatLostSeqs(t *testing.T) {
	db := openTest(t)
	if err := db.Emit(t.Context(), twoEvents("a")...); err != nil || claims(t, db) != 2 {
		t.Fatal(err)
	}
	runText(t, db, `DELETE FROM "outbox"; ALTER SEQUENCE "outbox_seq_seq" RESTART`)
	change(db, func(b *claimBook) { b.server, b.renew = "another", time.Time{} })
	if err := db.Emit(t.Context(), twoEvents("b")...); err != nil {
		t.Fatal(err)
	}
	if n := claims(t, db); n != 2 {
		t.Errorf("%d messages were claimed", n)
	}
}

// TestGapsStayForTheirWriters however often is claimed, and end with them.
func TestGapsStayForTheirWriters(t *testing.T) {
	db := openTest(t)
	wantGaps := func(want int) {
		t.Helper()
		for range 4 {
			claims(t, db)
		}
		change(db, func(b *claimBook) {
			if len(b.gaps) != want {
				t.Errorf("the gaps are %v, want %d", b.gaps, want)
			}
		})
	}
	refused := kit.Errorf(kit.Invalid, "refused")
	err := db.Within(t.Context(), func(ctx context.Context) error {
		if err := db.Emit(ctx, textEvent{"undone"}); err != nil {
			return err
		}
		if err := db.Emit(t.Context(), textEvent{"kept"}); err != nil {
			return err
		}
		wantGaps(1)
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	wantGaps(0)
}

// TestGaps has a book see seqs in a random order, as they are committed.
func TestGaps(t *testing.T) {
	for range 100 {
		b := &claimBook{held: map[kit.UUID]claim{}}
		seqs := rand.Perm(200)
		for i, seq := range seqs {
			b.see(int64(seq) + 1)
			missing := int64(0)
			for _, g := range b.gaps {
				missing += g.to - g.from + 1
			}
			if b.cursor-missing != int64(i+1) || !slices.IsSortedFunc(b.gaps, func(a, b seqRange) int { return int(a.from - b.from) }) {
				t.Fatalf("after %v: cursor %d, gaps %v", seqs[:i+1], b.cursor, b.gaps)
			}
		}
	}
}
