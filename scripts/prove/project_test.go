package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	outgrow string // the command under test, built once
	kept    string // a folder for what several proofs use
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "prove")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	outgrow, kept = filepath.Join(dir, "outgrow"), filepath.Join(dir, "kept")
	build := exec.Command("go", "build", "-o", outgrow, "../..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "go build:", err)
		return 1
	}
	// From here on, what is the same in several projects is compiled and tested once:
	// without this, what is compiled has the name of the project's folder in it.
	if err := os.Setenv("GOFLAGS", "-mod=readonly -trimpath"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// project is a project that the command has scaffolded.
type project struct {
	dir string
}

// scaffold makes a project of the services in an empty folder. Nothing in it
// reaches for the network. All projects are called shop, so that they have most
// packages in common.
func scaffold(t *testing.T, services ...string) project {
	t.Helper()
	return scaffoldIn(t, t.TempDir(), services...)
}

func scaffoldIn(t *testing.T, folder string, services ...string) project {
	t.Helper()
	return scaffoldWith(t, folder, nil, services...)
}

// scaffoldWith scaffolds a project with more arguments.
func scaffoldWith(t *testing.T, folder string, more []string, services ...string) project {
	t.Helper()
	p := project{dir: filepath.Join(folder, "shop")}
	args := append([]string{"new", p.dir, "--module", "example.com/shop"}, more...)
	for _, s := range services {
		args = append(args, "--service", s)
	}
	command(t, ".", outgrow, args...)
	return p
}

// builtProject is a project with its binary.
type builtProject struct {
	project

	binary string
}

// shared returns a project that several proofs use, none of which may change it. The
// first that asks makes and builds it.
func shared(t *testing.T, name string, make func(t *testing.T, folder string) project) builtProject {
	t.Helper()
	folder := filepath.Join(kept, name)
	if p, ok := built[name]; ok {
		return p
	}
	p := make(t, folder)
	built[name] = builtProject{p, p.build(t)}
	return built[name]
}

// built is what was shared before, by name. Proofs ask before they run in parallel.
var built = map[string]builtProject{}

// run runs a command in the project's folder and returns what it prints.
func (p project) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return command(t, p.dir, name, args...)
}

// build compiles the project's binary.
func (p project) build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(p.dir, "bin", filepath.Base(p.dir))
	p.run(t, "go", "build", "-o", binary, ".")
	return binary
}

// edit replaces a text, which must be there once, in one of the project's
// files, as its owner would.
func (p project) edit(t *testing.T, file, old, replacement string) {
	t.Helper()
	path := filepath.Join(p.dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), old); n != 1 {
		t.Fatalf("%s holds %q %d times, want once:\n%s", file, old, n, text)
	}
	p.write(t, file, strings.Replace(string(text), old, replacement, 1))
}

// write writes one of the project's files, as its owner would.
func (p project) write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// service is a running binary of a project.
type service struct {
	acked  atomic.Int64 // orders of orderUntil
	url    string
	cmd    *exec.Cmd
	output output
	ended  chan struct{}
}

// output collects what a process prints, to be read while it still prints.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// freeAddr returns an address of this machine that nothing listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs the binary in a folder on the address and waits until it is ready.
func start(t *testing.T, binary, dir, addr string, args ...string) *service {
	t.Helper()
	return startWith(t, nil, binary, dir, addr, args...)
}

// startWith is start with variables.
func startWith(t *testing.T, variables []string, binary, dir, addr string, args ...string) *service {
	t.Helper()
	s := &service{url: "http://" + addr, ended: make(chan struct{})}
	s.cmd = exec.Command(binary, append(args, "--set", "http.addr="+addr)...)
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), variables...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // how it ended shows in its output
		close(s.ended)
	}()
	t.Cleanup(s.kill)
	s.awaitReady(t)
	return s
}

// patience is how long a proof waits for what must happen. The machine may be busy.
const patience = 3 * time.Minute

func (s *service) awaitReady(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		select {
		case <-s.ended:
			t.Fatalf("the service ended before it was ready:\n%s", s.output.String())
		default:
		}
		resp, err := http.Get(s.url + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(5 * time.Millisecond) // the interval of polling a process
	}
	s.kill()
	t.Fatalf("the service was not ready within %v:\n%s", patience, s.output.String())
}

// kill ends the process at once, as kill -9 does.
func (s *service) kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.ended
}

// stop ends the process as an orchestrator does and waits until it has drained.
func (s *service) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(40 * time.Second):
		t.Fatalf("the service did not end within 40 s of SIGTERM:\n%s", s.output.String())
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("the service ended with %d:\n%s", code, s.output.String())
	}
}

// answer is what a request was answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// value reads the body as JSON.
func (a answer) value(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

// send sends a request; header alternates names and values.
func (s *service) send(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: b}, err
}

// must sends a request that must be answered with the status.
func (s *service) must(t *testing.T, status int, method, path, body string, header ...string) answer {
	t.Helper()
	a, err := s.send(t.Context(), method, path, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, s.lately())
	}
	if a.status != status {
		t.Fatalf("%s %s %s: answered %d, want %d: %s\n%s", method, path, body, a.status, status, a.body, s.lately())
	}
	return a
}

// metric returns the value of the metric whose name ends so.
func (s *service) metric(t *testing.T, suffix string) float64 {
	t.Helper()
	f, ok := s.gauge(t, suffix)
	if !ok {
		t.Fatalf("there is no metric whose name ends in %s", suffix)
	}
	return f
}

// gauge is metric for one that may be missing.
func (s *service) gauge(t *testing.T, suffix string) (f float64, ok bool) {
	t.Helper()
	for line := range strings.Lines(string(s.must(t, http.StatusOK, http.MethodGet, "/metrics", "").body)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") || !strings.HasSuffix(name, suffix) {
			continue
		}
		f, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f, true
	}
	return 0, false
}
