package lockstest

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
)

// history is what processes tell of who held the lock.
type history struct {
	t     *testing.T
	place string

	mu      sync.Mutex // guards what follows
	all     []*inhabitant
	periods []*period
	refused int
	stuck   int // how often nobody got in while a process was frozen
}

// period is a time that a process held the lock.
type period struct {
	of        *inhabitant
	token     int64
	in, until int64 // in nanoseconds of Unix time, by the clock of the machine
	out       int64 // when it left or was killed; 0 if it is inside
}

// inhabitant is a process that wants the lock.
type inhabitant struct {
	cmd   *exec.Cmd
	stdin io.Closer
	told  sync.WaitGroup // all that it tells
	until int64          // of the lease
	now   *period        // nil while it is not inside
}

// start starts a process.
func (h *history) start() {
	h.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(h.t.Context()), os.Args[0], "-test.run=^"+h.t.Name()+"$", "-test.timeout=2h") //nolint:gosec // it is this program
	cmd.Env = append(os.Environ(), historyVariable+"="+h.place)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	assert.NoError(h.t, err)
	stdout, err := cmd.StdoutPipe()
	assert.NoError(h.t, err)
	assert.NoError(h.t, cmd.Start())
	p := &inhabitant{cmd: cmd, stdin: stdin}
	h.t.Cleanup(func() { // if the test has failed
		_ = cmd.Process.Kill()
		p.told.Wait()
	})
	h.mu.Lock()
	h.all = append(h.all, p)
	h.mu.Unlock()
	p.told.Go(func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var what string
			var token, at int64
			if text, ok := strings.CutPrefix(lines.Text(), "told "); ok {
				_, _ = fmt.Sscan(text, &what, &token, &at) // a killed process may tell a part
				h.note(p, what, token, at)
			} else if lines.Text() != "PASS" {
				h.t.Log(lines.Text())
			}
		}
	})
}

func (h *history) note(p *inhabitant, what string, token, at int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch what {
	case "until":
		if p.until = at; p.now != nil {
			p.now.until = at
		}
	case "in":
		p.now = &period{of: p, token: token, in: at, until: p.until}
		h.periods = append(h.periods, p.now)
	case "out":
		p.now.out, p.now = at, nil
	case "refused":
		h.refused++
	}
}

// inside returns who is, and has not lost the lock; nil if nobody is.
func (h *history) inside() *inhabitant {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.all, func(p *inhabitant) bool { return p.now != nil && p.now.until > time.Now().UnixNano() })
	if i < 0 {
		return nil
	}
	return h.all[i]
}

// strike has a signal sent to a process that is inside. It returns the process, and when that
// was.
func (h *history) strike(signal os.Signal) (p *inhabitant, at int64) {
	h.t.Helper()
	drivertest.Eventually(h.t, "a process is inside", func() bool { p = h.inside(); return p != nil })
	time.Sleep(rand.N(200 * time.Millisecond)) // any moment will do
	at = time.Now().UnixNano()
	assert.NoError(h.t, p.cmd.Process.Signal(signal))
	return p, at
}

// freeze freezes a process that is inside until another one is. It returns how many it has
// frozen inside: one may just have left. It gives up after a while: a process may be frozen
// while it keeps others out of the folder that locks are in.
func (h *history) freeze() (frozen int) {
	h.t.Helper()
	p, at := h.strike(syscall.SIGSTOP)
	for end := time.Now().Add(10 * lease); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if other := h.inside(); other != nil && other != p {
			frozen = 1
			break
		}
	}
	h.mu.Lock()
	if frozen == 0 {
		h.stuck++
	} else if p.now == nil || p.now.until <= at {
		frozen = 0
	}
	h.mu.Unlock()
	assert.NoError(h.t, p.cmd.Process.Signal(syscall.SIGCONT))
	return frozen
}

// kill kills a process that is inside, and starts another one.
func (h *history) kill() (killed int) {
	h.t.Helper()
	p, at := h.strike(syscall.SIGKILL)
	p.told.Wait()
	_ = p.cmd.Wait() // it was killed
	h.mu.Lock()
	if p.now != nil && p.now.until > at {
		p.now.out, p.now = at, nil
		killed = 1
	}
	h.all = slices.DeleteFunc(h.all, func(other *inhabitant) bool { return other == p })
	h.mu.Unlock()
	h.start()
	return killed
}

// end has all processes end.
func (h *history) end() {
	for _, p := range h.all {
		_ = p.stdin.Close()
		p.told.Wait()
		if err := p.cmd.Wait(); err != nil {
			h.t.Errorf("a process: %v", err)
		}
	}
}

// both returns how many got in while the one before relied on being alone.
func (h *history) both() (both, periods int) {
	slices.SortFunc(h.periods, func(a, b *period) int { return cmp.Compare(a.token, b.token) })
	for i, p := range h.periods[:max(0, len(h.periods)-1)] {
		alone := p.until
		if p.out != 0 {
			alone = min(alone, p.out)
		}
		if next := h.periods[i+1]; next.in < alone || next.token == p.token {
			both++
			h.t.Errorf("%+v gets in before the end of %+v", *next, *p)
		}
	}
	return both, len(h.periods)
}
