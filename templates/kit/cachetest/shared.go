package cachetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Over returns a Cache over a driver that logs nothing.
func Over(t testing.TB, d cache.Driver) *cache.Cache {
	c := cache.New(cache.Config{MaxValue: 1_000_000, Absent: time.Minute}, d, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// variable names the driver that another process opens.
const variable = "CACHE_OF_ANOTHER_PROCESS"

// Shared tests a driver whose values other processes see. open returns one whose keys
// begin with the prefix, of the server at an address. Shared runs the test that calls it
// again in another process of the test binary.
//
// A process that changes a value sees that at once, and any other one after a while.
func Shared(t *testing.T, address func() string, open func(t *testing.T, address, prefix string) cache.Driver) {
	if place := os.Getenv(variable); place != "" {
		at, prefix, _ := strings.Cut(place, " ")
		serve(t, open(t, at, prefix))
		return
	}
	prefix, at := fmt.Sprintf("shared%d", rand.Uint32()), address()
	d := open(t, at, prefix)
	t.Cleanup(func() { _ = d.Close() })
	other := newPeer(t, at+" "+prefix)
	t.Run("OthersSeeChanges", func(t *testing.T) { othersSeeChanges(t, d, other) })
	t.Run("EndsUpTheSame", func(t *testing.T) { endsUpTheSame(t, d, other) })
	t.Run("ProjectsDoNotMeet", func(t *testing.T) {
		for _, theirs := range []string{prefix + "x", prefix[:len(prefix)-1], strings.ToUpper(prefix)} {
			apart := open(t, at, theirs)
			set(t, d, "key", "ours", time.Hour)
			holds(t, apart, "key", "")
			set(t, apart, "key", "theirs", time.Hour)
			assert.NoError(t, apart.Delete(t.Context(), "other"))
			holds(t, d, "key", "ours")
			assert.NoError(t, apart.Close())
		}
	})
}

// peer is another process with a driver for the same keys.
type peer struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

func newPeer(t *testing.T, place string) *peer {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // it is this program
	cmd.Env = append(os.Environ(), variable+"="+place)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	assert.NoError(t, err)
	out, err := cmd.StdoutPipe()
	assert.NoError(t, err)
	assert.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the other process: %v", err)
		}
	})
	return &peer{t, in, bufio.NewScanner(out)}
}

// ask has the other process do something, and returns what it answers.
func (p *peer) ask(words ...string) string {
	p.t.Helper()
	_, err := fmt.Fprintln(p.in, strings.Join(words, " "))
	assert.NoError(p.t, err)
	for p.out.Scan() {
		if answer, ok := strings.CutPrefix(p.out.Text(), "answer "); ok {
			return answer
		}
	}
	p.t.Fatalf("the other process has ended: %v", p.out.Err())
	return ""
}

// serve does what the first process asks for, until that ends. Values are those of a
// Cache: copies of them are not used for longer than these.
func serve(t *testing.T, d cache.Driver) {
	defer func() { _ = d.Close() }()
	c := Over(t, d)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := strings.Fields(lines.Text())
		answer := "done"
		switch words[0] {
		case "get":
			value, _ := c.Get(t.Context(), words[1])
			answer = string(value)
		case "set":
			c.Set(t.Context(), words[1], []byte(words[2]), time.Hour)
		case "delete":
			assert.NoError(t, c.Delete(t.Context(), words[1]))
		case "storm":
			storm(t.Context(), c, words[1])
		}
		fmt.Println("answer " + answer)
	}
}

func othersSeeChanges(t *testing.T, d cache.Driver, other *peer) {
	c := Over(t, keepOpen{d})
	ours := func() string {
		value, _ := c.Get(t.Context(), "seen")
		return string(value)
	}
	for i := range 10 {
		mine, theirs := fmt.Sprint("mine", i), fmt.Sprint("theirs", i)
		c.Set(t.Context(), "seen", []byte(mine), time.Hour)
		if got := ours(); got != mine {
			t.Fatalf("its own change is %q, want %q", got, mine)
		}
		Eventually(t, "the other process sees the change", func() bool { return other.ask("get", "seen") == mine })
		other.ask("set", "seen", theirs)
		Eventually(t, "the change of the other process is seen", func() bool { return ours() == theirs })
	}
	other.ask("delete", "seen")
	Eventually(t, "what the other process deleted is gone", func() bool { return ours() == "" })
}

// storm sets and gets a few keys for a while, as quickly as it can.
func storm(ctx context.Context, c *cache.Cache, name string) {
	assert.Concurrently(4, func(i int) {
		for n := range 500 {
			key := fmt.Sprint("storm", rand.IntN(8))
			c.Get(ctx, key)
			if n%4 == 0 {
				c.Set(ctx, key, fmt.Append(nil, name, "-", i, "-", n), time.Hour)
			}
		}
	})
}

// endsUpTheSame has two processes change the same values at the same time: afterwards
// both have the same.
func endsUpTheSame(t *testing.T, d cache.Driver, other *peer) {
	c := Over(t, keepOpen{d})
	done := make(chan struct{})
	go func() {
		defer close(done)
		storm(t.Context(), c, "here")
	}()
	other.ask("storm", "there")
	<-done
	for i := range 8 {
		key := fmt.Sprint("storm", i)
		Eventually(t, "both have the same value of "+key, func() bool {
			value, _ := c.Get(t.Context(), key)
			return len(value) > 0 && string(value) == other.ask("get", key)
		})
	}
}

// keepOpen is a driver that a Cache does not close.
type keepOpen struct{ cache.Driver }

func (keepOpen) Close() error { return nil }
