package run

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// testHouse is a running service.
type testHouse struct {
	program Program[testConfig]
	butler  *butler
	emit    kit.Emitter
	outbox  kit.Outbox
	letters kit.DeadLetterQueue
}

// openHouse starts the service.
func openHouse(t *testing.T) *testHouse {
	t.Helper()
	p, _, _ := testProgram(t)
	h := &testHouse{program: p, butler: newButler(testButlerConfig{})}
	p.Wiring = func(c testConfig) fx.Option {
		return fx.Options(testTechnology(c), Subscribe(func() *butler { return h.butler }))
	}
	s := loadService(t, p, "http.addr=127.0.0.1:0", "log.level=error")
	wired := fx.New(
		s.serving(t.Context(), server),
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

func loadService(t *testing.T, p Program[testConfig], set ...string) *service {
	t.Helper()
	for _, kv := range set {
		p.Args = append(p.Args, "--set", kv)
	}
	s := newService(p)
	if s.configure(s.root()); s.err != nil {
		t.Fatal(s.err)
	}
	return s
}

func (h *testHouse) ring(t *testing.T, bell string) {
	t.Helper()
	if err := h.emit.Emit(t.Context(), ring{bell}); err != nil {
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
	p, _, stderr := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.level=error")
	wantCode(t, with(p, Subscribe(func() *butler { return &butler{} })), exitFailed)
	wantText(t, stderr.String(), "shop: cannot start: the subscription of group butler to the bus (channels) cannot be used", "already subscribed")
}
