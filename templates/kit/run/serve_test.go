package run

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// testWait is how long a test waits for what must happen.
const testWait = 30 * time.Second

// logLines reads the lines of a log in JSON as they come.
type logLines struct {
	t    *testing.T
	seen chan map[string]any

	mu  sync.Mutex
	all []map[string]any
}

func newLogLines(t *testing.T) (*logLines, io.WriteCloser) {
	t.Helper()
	r, w := io.Pipe()
	l := &logLines{t: t, seen: make(chan map[string]any, 10_000)}
	go func() {
		defer close(l.seen)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			var line map[string]any
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				line = map[string]any{"msg": lines.Text()}
			}
			l.mu.Lock()
			l.all = append(l.all, line)
			l.mu.Unlock()
			l.seen <- line
		}
	}()
	return l, w
}

// await returns the first line from here on that has the message.
func (l *logLines) await(message string) map[string]any {
	l.t.Helper()
	patience := time.After(testWait)
	for {
		select {
		case line, ok := <-l.seen:
			if !ok {
				l.t.Fatalf("the log ended without %q: %v", message, l.all)
			}
			if line["msg"] == message {
				return line
			}
		case <-patience:
			l.t.Fatalf("nothing said %q", message)
		}
	}
}

func testGet(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// testServing runs the service until it serves. stop has it stop and waits for that.
func testServing(t *testing.T, p Program[testConfig]) (log *logLines, url string, stop func()) {
	t.Helper()
	log, w := newLogLines(t)
	p.Stderr = w
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	code := make(chan int, 1)
	go func() {
		code <- newService(p).run(ctx)
		_ = w.Close() // a pipe's end always closes
	}()
	url, _ = log.await("serving")["url"].(string)
	return log, url, func() {
		t.Helper()
		cancel()
		if got := <-code; got != exitDone {
			t.Errorf("exits with %d", got)
		}
	}
}

// TestServe runs the service as it is, on SQLite and on a free port, and stops it.
func TestServe(t *testing.T) {
	p, _, _ := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.format=json", "--set", "log.level=debug")
	log, url, stop := testServing(t, p)
	if status, body := testGet(t, url+"/readyz"); status != http.StatusOK || !strings.Contains(body, `"store":{"status":"up"}`) {
		t.Errorf("/readyz: %d %s", status, body)
	}
	status, metrics := testGet(t, url+"/metrics")
	if status != http.StatusOK {
		t.Errorf("/metrics: %d", status)
	}
	wantText(t, metrics, "\noutbox_waiting 0\n", "\noutbox_oldest_age_seconds 0\n", "\nevents_dead_total 0\n", "\ngo_goroutines ",
		"\nprocess_", `build_info{version="1.2.3"} 1`)
	testBesides(t)
	stop()
	log.await("stopped")
	wantOrder(t, log)
}

// testBesides runs what may be run while the service is.
func testBesides(t *testing.T) {
	t.Helper()
	for _, args := range []string{"check", "dead-letters list"} {
		var out strings.Builder
		p := Program[testConfig]{
			Name: "shop", Args: append(strings.Fields(args), "--set", "http.addr=127.0.0.1:0"),
			Stdout: &out, Stderr: &out, Defaults: []byte(testDefaults), Wiring: testWiring,
		}
		wantCode(t, p, exitDone)
	}
}

// wantOrder fails the test unless the hooks of the service ran in their order:
// at the end, HTTP first, then the delivery of events, and the store last.
func wantOrder(t *testing.T, log *logLines) {
	t.Helper()
	var started, stopped []string
	for _, line := range log.all {
		function, _ := line["callee"].(string)
		for _, part := range []string{"startHTTP", "(*eventDelivery)", "Bus.Close", "Database.Close"} {
			if !strings.Contains(function, part) {
				continue
			}
			switch line["msg"] {
			case "OnStart hook executed":
				started = append(started, part)
			case "OnStop hook executed":
				stopped = append(stopped, part)
			}
		}
	}
	if want := []string{"(*eventDelivery)", "startHTTP"}; !slices.Equal(started, want) {
		t.Errorf("started %q, want %q", started, want)
	}
	if want := []string{"startHTTP", "(*eventDelivery)", "Bus.Close", "Database.Close"}; !slices.Equal(stopped, want) {
		t.Errorf("stopped %q, want %q", stopped, want)
	}
}

const testArguments = "TEST_PROGRAM_ARGUMENTS"

// TestProgram is the program itself where TestSignals starts it so.
func TestProgram(t *testing.T) {
	if args := os.Getenv(testArguments); args != "" {
		os.Exit(Main(Program[testConfig]{Name: "shop", Defaults: []byte(testDefaults), Wiring: testWiring, Args: strings.Fields(args)}))
	}
}

// TestSignals ends a process by signals: at the first it is not ready any more
// and goes on serving for the delay, at the second it ends at once.
func TestSignals(t *testing.T) {
	log, w := newLogLines(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProgram$")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), testArguments+"=--set http.addr=127.0.0.1:0 --set log.format=json --set shutdown.delay=5m"+
		" --set store.sqlite.path="+filepath.Join(t.TempDir(), "shop.db"))
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url := log.await("serving")["url"].(string)
	signalTo(t, cmd, syscall.SIGTERM)
	log.await("stopping: no longer ready, finishing requests and events")
	deadline := time.Now().Add(testWait)
	for {
		status, body := testGet(t, url+"/readyz")
		if status == http.StatusServiceUnavailable && strings.Contains(body, "draining") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("/readyz: %d %s", status, body)
		}
	}
	if status, _ := testGet(t, url+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d during the delay", status)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended shows below
		_ = w.Close()  // a pipe's end always closes
		close(ended)
	}()
	impatient(cmd, ended)
	if got := cmd.ProcessState.ExitCode(); got != exitFailed {
		t.Errorf("exits with %d", got)
	}
	log.await("shop: received a second signal (interrupt): exiting at once; events that were not delivered stay in the outbox")
}

// impatient presses Ctrl-C until the process has ended: one that comes soon
// after the first is taken for its echo.
func impatient(cmd *exec.Cmd, ended <-chan struct{}) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-ended:
			return
		case <-again.C:
			_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		}
	}
}

func signalTo(t *testing.T, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
