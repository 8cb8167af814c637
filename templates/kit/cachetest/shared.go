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

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
)

// Over returns a Cache over a driver that logs nothing.
func Over(t testing.TB, d cache.Driver) *cache.Cache {
	c := cache.New(cache.Config{MaxValue: 1_000_000, Absent: time.Minute}, d, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// variable names the driver that another process opens.
const variable = "CACHE_OF_ANOTHER_PROCESS"

// Shared tests a driver whose server has the values of several processes. open returns one
// whose keys begin with the prefix, of the server at an address. Shared runs the test that
// calls it again in another process of the test binary.
//
// A process that changes a value sees that at once, and any other one after a while.
func Shared(t *testing.T, address func() string, open func(t *testing.T, address, prefix string) cache.Shared) {
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
	t.Run("OneAdds", func(t *testing.T) { oneAdds(t, d, other) })
	t.Run("ReplaceCompares", func(t *testing.T) { replaceCompares(t, d) })
	t.Run("OneLoads", func(t *testing.T) { oneLoads(t, d, other) })
	t.Run("ChangedMeanwhile", func(t *testing.T) { changedMeanwhile(t, d, other) })
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
	p.tell(words...)
	return p.answer()
}

func (p *peer) tell(words ...string) {
	p.t.Helper()
	_, err := fmt.Fprintln(p.in, strings.Join(words, " "))
	assert.NoError(p.t, err)
}

func (p *peer) answer() string {
	p.t.Helper()
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
func serve(t *testing.T, d cache.Shared) {
	defer func() { _ = d.Close() }()
	c := Over(t, asking{d, map[string]int{}})
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
		case "add":
			answer = fmt.Sprint(adds(t, d, "there"))
		case "fetch":
			value, err := c.Fetch(t.Context(), words[1], time.Hour, func(context.Context) ([]byte, error) { return []byte("theirs"), nil })
			assert.NoError(t, err)
			answer = string(value)
		}
		fmt.Println("answer " + answer)
	}
}

func othersSeeChanges(t *testing.T, d cache.Shared, other *peer) {
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
		drivertest.Eventually(t, "the other process sees the change", func() bool { return other.ask("get", "seen") == mine })
		other.ask("set", "seen", theirs)
		drivertest.Eventually(t, "the change of the other process is seen", func() bool { return ours() == theirs })
	}
	other.ask("delete", "seen")
	drivertest.Eventually(t, "what the other process deleted is gone", func() bool { return ours() == "" })
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
func endsUpTheSame(t *testing.T, d cache.Shared, other *peer) {
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
		drivertest.Eventually(t, "both have the same value of "+key, func() bool {
			value, _ := c.Get(t.Context(), key)
			return len(value) > 0 && string(value) == other.ask("get", key)
		})
	}
}

// adds tries to be the first to add each of some keys, and returns whether it was.
func adds(t *testing.T, d cache.Shared, name string) (first []bool) {
	for i := range 200 {
		added, err := d.Add(t.Context(), fmt.Sprint("added", i), []byte(name), time.Hour)
		assert.NoError(t, err)
		first = append(first, added)
	}
	return first
}

// oneAdds has two processes add the same keys at the same time.
func oneAdds(t *testing.T, d cache.Shared, other *peer) {
	other.tell("add")
	ours := adds(t, d, "here")
	theirs := strings.Fields(strings.Trim(other.answer(), "[]"))
	for i, first := range ours {
		if fmt.Sprint(!first) != theirs[i] {
			t.Fatalf("key %d: it was added here: %v, and there: %s", i, first, theirs[i])
		}
		holds(t, d, fmt.Sprint("added", i), map[bool]string{true: "here", false: "there"}[first])
	}
}

// replaceCompares replaces what there is and what there is not. A server that cannot tell
// says so, whatever there is.
func replaceCompares(t *testing.T, d cache.Shared) {
	replace := func(before, value string, want bool, then string) {
		t.Helper()
		replaced, err := d.Replace(t.Context(), "replaced", []byte(before), []byte(value), time.Hour)
		if err != nil || replaced != want {
			t.Errorf("%q by %q: %v, %v", before, value, replaced, err)
		}
		holds(t, d, "replaced", then)
	}
	set(t, d, "replaced", "first", time.Hour)
	if !compares(t, d) {
		t.Log("the server cannot compare")
		return
	}
	replace("other", "second", false, "first")
	replace("firs", "second", false, "first")
	replace("first", "second", true, "second")
	replace("first", "third", false, "second")
	assert.NoError(t, d.Delete(t.Context(), "replaced"))
	replace("second", "third", false, "")
}

// compares reports whether a server can compare: it always can or never.
func compares(t *testing.T, d cache.Shared) bool {
	t.Helper()
	codes := map[kit.Code]bool{}
	for _, before := range []string{"is", "is not"} {
		set(t, d, "compared", "is", time.Hour)
		_, err := d.Replace(t.Context(), "compared", []byte(before), []byte("is"), time.Hour)
		codes[kit.CodeOf(err)] = true
	}
	if len(codes) != 1 || !codes[""] && !codes[kit.Invalid] {
		t.Fatalf("replacing fails with %v", codes)
	}
	return codes[""]
}

// oneLoads has another process ask for a value that this one loads: it asks again until it
// is there. How long it does is limited: if this process was slower, it shows nothing.
func oneLoads(t *testing.T, d cache.Shared, other *peer) {
	c := Over(t, keepOpen{d})
	for i := range 20 {
		key, began := fmt.Sprint("loaded", i), time.Now()
		value, err := c.Fetch(t.Context(), key, time.Hour, func(context.Context) ([]byte, error) {
			other.tell("fetch", key)
			if answer := other.answer(); answer != again {
				t.Errorf("the other process has loaded %s", answer)
			}
			return []byte("ours"), nil
		})
		took := time.Since(began)
		assert.NoError(t, err)
		if t.Failed() {
			return
		}
		theirs := other.answer()
		switch {
		case took > 500*time.Millisecond:
			continue
		case string(value) != "ours", theirs != "ours":
			t.Errorf("%s: %q here, %q there", key, value, theirs)
		}
		return
	}
	t.Error("this process is too slow to tell")
}

// again is what another process answers when it asks again for a value that it fetches.
const again = "again"

// asking is a driver that tells of that.
type asking struct {
	cache.Shared

	asked map[string]int
}

func (d asking) Get(ctx context.Context, key string) ([]byte, error) {
	if strings.HasPrefix(key, "loaded") {
		if d.asked[key]++; d.asked[key] == 2 {
			fmt.Println("answer " + again)
		}
	}
	return d.Shared.Get(ctx, key)
}

// changedMeanwhile has another process change a value while this one loads it: what was
// loaded is not kept, unless the server cannot compare.
func changedMeanwhile(t *testing.T, d cache.Shared, other *peer) {
	kept := map[string]string{"delete": "", "set": "new"}
	if !compares(t, d) {
		kept = map[string]string{"delete": "old", "set": "old"}
	}
	c := Over(t, keepOpen{d})
	for change, want := range kept {
		key := "meanwhile-" + change
		value, err := c.Fetch(t.Context(), key, time.Hour, func(context.Context) ([]byte, error) {
			other.ask(change, key, "new")
			return []byte("old"), nil
		})
		if err != nil || string(value) != "old" {
			t.Errorf("%s: got %q, %v", change, value, err)
		}
		drivertest.Eventually(t, "what is kept after "+change+" is "+want, func() bool {
			got, _ := c.Get(t.Context(), key)
			return string(got) == want
		})
		if got := other.ask("get", key); got != want {
			t.Errorf("%s: the other process has %q", change, got)
		}
	}
}

// keepOpen is a driver that a Cache does not close.
type keepOpen struct{ cache.Shared }

func (keepOpen) Close() error { return nil }
