package brokertest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// memberFrozen shows that another member takes over from one that is frozen for longer
// than its lease, and that the frozen one gives up when it wakes. It may have been frozen
// between its look at the lease and the handler's first line, which nothing can prevent:
// so of each key one message may begin, whose context ends, and no other.
func memberFrozen(t *testing.T, b Broker) {
	if text := os.Getenv(frozenVariable); text != "" {
		beFrozen(t, b, text)
		return
	}
	const keys, each = 40, 50
	c := b.settings(t)
	m, heir := startMember(t, c), b.Open(t, c)
	Eventually(t, "the member is ready", func() bool { return len(m.lines("ready")) > 0 })
	MustPublish(t, heir, Series(keys, 0, each)...)
	Eventually(t, "the member handles messages", func() bool { return len(m.lines("began")) > 100 })
	m.signal(t, syscall.SIGSTOP)
	stop := Subscribe(t, heir, "g", func(_ context.Context, of kit.Message) error { return say(m, "done", of) })
	MustPublish(t, heir, Series(keys, each, 1)...) // when these are handled, so is all before, also what comes again
	Eventually(t, "the heir has handled the rest", func() bool { return len(m.lines("done")) == keys*(each+1) })
	woken := time.Now()
	m.signal(t, syscall.SIGCONT)
	time.Sleep(c.Lease) // for what it should not begin
	left := time.Now()
	// From now on it may begin what the heir has handled: if that could not say so any more.
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	MustPublish(t, heir, Series(keys, each+1, 1)...)
	Eventually(t, "the member handles what comes then", func() bool { return len(m.lines("done")) == keys*(each+2) })
	m.checkBegun(t, woken, left, each+1)
}

// frozenVariable has the settings of a member in a process of its own.
const frozenVariable = "BROKERTEST_FROZEN_MEMBER"

// beFrozen is the member. Its handler ignores its context, and says when it ends.
func beFrozen(t *testing.T, b Broker, text string) {
	t.Helper()
	var c Settings
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	Subscribe(t, b.Open(t, c), "g", func(ctx context.Context, m kit.Message) error {
		began := time.Now()
		context.AfterFunc(ctx, func() { _ = say(os.Stdout, "ended", m) })
		if err := say(os.Stdout, fmt.Sprint("began ", began.UnixNano()), m); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		return say(os.Stdout, "done", m)
	})
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test has ended
}

// say writes a line about a message.
func say(w io.Writer, what string, m kit.Message) error {
	_, err := fmt.Fprintf(w, "%s %s %s\n", what, m.Key, m.Payload)
	return err
}

// member is one in a process of its own, with what it and its heir say.
type member struct {
	process *os.Process
	mu      sync.Mutex
	said    strings.Builder
}

// startMember starts the test in another process, which ends with this one, as a member.
func startMember(t *testing.T, c Settings) *member {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m := &member{}
	run := exec.CommandContext(t.Context(), program, "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$") //nolint:gosec // it is this program
	run.Env = append(os.Environ(), frozenVariable+"="+string(text))
	run.Stdout, run.Stderr = m, os.Stderr
	if _, err := run.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	m.process = run.Process
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
	})
	return m
}

func (m *member) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := m.process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (m *member) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.said.Write(p)
}

// lines returns the different lines that begin with a word, without it.
func (m *member) lines(word string) map[string]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]bool{}
	for line := range strings.Lines(m.said.String()) {
		if first, rest, _ := strings.Cut(strings.TrimSpace(line), " "); first == word {
			all[rest] = true
		}
	}
	return all
}

// checkBegun reports messages that were begun between two times, of those whose payloads are
// below a number, if there is more than one of a key, or one whose context does not end.
func (m *member) checkBegun(t *testing.T, after, before time.Time, below int) {
	t.Helper()
	begun := map[string]int{}
	for line := range m.lines("began") {
		var at int64
		var key string
		var n int
		if _, err := fmt.Sscan(line, &at, &key, &n); err != nil {
			t.Fatal(line, err)
		}
		if at > after.UnixNano() && at < before.UnixNano() && n < below {
			begun[key]++
			Eventually(t, "the context of what was begun too late ends", func() bool { return m.lines("ended")[fmt.Sprint(key, " ", n)] })
		}
	}
	t.Logf("of %d keys, a message was begun too late", len(begun))
	for key, n := range begun {
		if n > 1 {
			t.Errorf("it began %d messages of %s after it had woken", n, key)
		}
	}
}
