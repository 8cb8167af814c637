package postgresstore

import (
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

// TestAClaimThatNobodyAnswers is kept by the server, and unknown to everybody: the
// next one has its messages, and not those of others.
func TestAClaimThatNobodyAnswers(t *testing.T) {
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
	proxy.cutAfter("COMMIT\x00") // not at READ COMMITTED
	_, err := s.db.Claim(t.Context(), 10, time.Hour)
	wantCode(t, err, kit.Unavailable)
	if n := claims(t, s.db); n != 2 {
		t.Errorf("%d messages can be claimed after the claim that was lost, want 2", n)
	}
	if n := claims(t, s.db); n != 0 {
		t.Errorf("%d messages were claimed again", n)
	}
}

// TestClaimsLastAsLongAsTheirProcess has one live for many times as long as its
// claims would without being renewed, and die before their lease ends.
func TestClaimsLastAsLongAsTheirProcess(t *testing.T) {
	dsn := kit.NewSecret(testserver.Postgres(t))
	first := openWith(t, Config{DSN: dsn}, textCodec{})
	second := openOnly(t, Config{DSN: dsn}, textCodec{})
	first.claims.life = 500 * time.Millisecond
	if err := first.Emit(t.Context(), twoEvents("a")...); err != nil {
		t.Fatal(err)
	}
	if n := claims(t, first); n != 2 {
		t.Fatalf("%d messages were claimed", n)
	}
	for began := time.Now(); time.Since(began) < 4*first.claims.life; time.Sleep(20 * time.Millisecond) {
		if n := claims(t, second); n != 0 {
			t.Fatalf("%d messages were taken from a process that lives", n)
		}
	}
	if err := first.Close(); err != nil { // it releases nothing
		t.Fatal(err)
	}
	for began := time.Now(); claims(t, second) != 2; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 4*first.claims.life {
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
