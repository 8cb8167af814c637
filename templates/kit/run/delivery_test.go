package run

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// testRing is an event of these tests.
type testRing struct{ Bell string }

func (testRing) Topic() string { return "bell.rung" }
func (e testRing) Key() string { return e.Bell }

type testCodec struct{}

func (testCodec) Encode(e kit.Event) ([]byte, error) { return []byte(e.Key()), nil }

func (testCodec) Decode(_ string, payload []byte) (kit.Event, error) {
	return testRing{string(payload)}, nil
}

// testButler comes when the bell is rung, unless he is deaf.
type testButler struct {
	deaf *atomic.Bool
	came chan string
}

func (testButler) Group() string    { return "butler" }
func (testButler) Topics() []string { return []string{"bell.rung"} }

func (b testButler) Handle(_ context.Context, e kit.Event) error {
	if b.deaf.Load() {
		return errors.New("the butler is deaf:\nhe has not heard")
	}
	b.came <- e.Key()
	return nil
}

// testHouse is a wired service with a butler.
type testHouse struct {
	program Program
	butler  testButler
	emit    kit.Emitter
	outbox  kit.Outbox
	letters kit.DeadLetterQueue
}

// openHouse starts the service as serve does, besides what is in module.go.
func openHouse(t *testing.T) *testHouse {
	t.Helper()
	p, _, _ := testProgram(t)
	h := &testHouse{butler: testButler{deaf: &atomic.Bool{}, came: make(chan string, 10)}}
	h.program = p.filled()
	c, _, err := h.program.load(commandLine{set: []string{
		"http.addr=127.0.0.1:0", "delivery.attempts=2", "delivery.backoff=1ms", "delivery.poll=10ms", "log.level=error",
	}})
	if err != nil {
		t.Fatal(err)
	}
	wired := fx.New(
		coreModule(t.Context(), h.program, c, toServe),
		servingModule(c),
		fx.Decorate(func(kit.EventCodec) kit.EventCodec { return testCodec{} }),
		fx.Provide(func() testButler { return h.butler }),
		subscribe(func(b testButler) *testButler { return &b }),
		fx.Populate(&h.emit, &h.outbox, &h.letters),
	)
	if err := wired.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wired.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *testHouse) ring(t *testing.T, bell string) {
	t.Helper()
	if err := h.emit.Emit(t.Context(), testRing{bell}); err != nil {
		t.Fatal(err)
	}
}

func (h *testHouse) wantButler(t *testing.T, bell string) {
	t.Helper()
	select {
	case got := <-h.butler.came:
		if got != bell {
			t.Errorf("the butler came for %s, want %s", got, bell)
		}
	case <-time.After(testWait):
		t.Fatal("the butler has not come")
	}
}

// wantLetters waits until there are so many dead letters.
func (h *testHouse) wantLetters(t *testing.T, n int) []kit.DeadLetter {
	t.Helper()
	deadline := time.Now().Add(testWait)
	for {
		letters, err := h.letters.Letters(t.Context(), kit.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(letters.Items) == n {
			return letters.Items
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d dead letters, want %d", len(letters.Items), n)
		}
		time.Sleep(time.Millisecond) // the interval of asking a store
	}
}

// command runs a command beside the service and returns what it prints.
func (h *testHouse) command(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out strings.Builder
	p := h.program
	p.Args, p.Stdout, p.Stderr = args, &out, &out
	wantCode(t, p, want)
	return out.String()
}

func TestEventsReachSubscribers(t *testing.T) {
	h := openHouse(t)
	h.ring(t, "door")
	h.wantButler(t, "door")
}

func TestDeadLettersAreListedAndReplayed(t *testing.T) {
	h := openHouse(t)
	wantText(t, h.command(t, exitDone, "dead-letters", "list"), "There are no dead letters.")
	h.butler.deaf.Store(true)
	h.ring(t, "door")
	letters := h.wantLetters(t, 1)
	list := h.command(t, exitDone, "dead-letters", "list")
	wantText(t, list, letters[0].ID.String(), "butler could not handle bell.rung of door", "after 2 attempts",
		"\n    the butler is deaf:\n    he has not heard\n", "1 dead letter. ", "shop dead-letters replay --all")

	unknown := kit.NewUUID().String()
	wantText(t, h.command(t, exitFailed, "dead-letters", "replay", unknown), "there is no dead letter "+unknown)

	h.butler.deaf.Store(false)
	wantText(t, h.command(t, exitDone, "dead-letters", "replay", letters[0].ID.String()), ": back in the outbox")
	h.wantButler(t, "door")
	h.wantLetters(t, 0)

	h.butler.deaf.Store(true)
	h.ring(t, "gate")
	h.ring(t, "door")
	h.wantLetters(t, 2)
	h.butler.deaf.Store(false)
	wantText(t, h.command(t, exitDone, "dead-letters", "replay", "--all"), "2 events: back in the outbox")
	came := []string{<-h.butler.came, <-h.butler.came}
	if came[0] == came[1] {
		t.Errorf("the butler came for %q", came)
	}
}

func TestSubscribersOfOneGroupAreRefused(t *testing.T) {
	p, _, stderr := testProgram(t)
	p = p.filled()
	c, loaded, err := p.load(commandLine{set: []string{"http.addr=127.0.0.1:0", "log.level=error"}})
	if err != nil {
		t.Fatal(err)
	}
	butler := func() *testButler { return &testButler{} }
	wired := fx.New(coreModule(t.Context(), p, c, toServe), servingModule(c), subscribe(butler), subscribe(butler))
	err = wired.Start(t.Context())
	if err == nil {
		t.Fatal("two subscribers of one group were accepted")
	}
	p.cannot("start", err, loaded)
	wantText(t, stderr.String(), "shop: cannot start: the subscription of group butler cannot be used", "subscribed already")
}
