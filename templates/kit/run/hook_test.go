package run

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// header returns a constructor of middleware that adds a value to a header.
func header(value string) func(testButlerConfig) func(http.Handler) http.Handler {
	return func(testButlerConfig) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("X-Passed", value)
				next.ServeHTTP(w, r)
			})
		}
	}
}

// TestHooks serves a house with one of each hook.
func TestHooks(t *testing.T) {
	p, _, _ := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.format=json")
	ended := make(chan struct{})
	p = with(p,
		Middleware(header("first")),
		Middleware(header("second")),
		Routes(func(s *httpserver.Server, c testButlerConfig) {
			s.Mount("GET /butler", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(c.Name)) // the client may be gone
			}))
		}),
		Ready("pantry", func() func(context.Context) error {
			return func(context.Context) error { return kit.Errorf(kit.Unavailable, "the pantry is locked") }
		}),
		Metrics(newSpoons),
		Background("butler", func() func(context.Context) error {
			return func(ctx context.Context) error {
				<-ctx.Done()
				close(ended)
				return ctx.Err()
			}
		}),
	)
	_, url, stop := testServing(t, p)
	if status, body := testGet(t, url+"/butler"); status != http.StatusOK || body != "James" {
		t.Errorf("/butler: %d %s", status, body)
	}
	if got := testHeader(t, url+"/butler", "X-Passed"); strings.Join(got, " ") != "first second" {
		t.Errorf("passed through %q", got)
	}
	if status, body := testGet(t, url+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "the pantry is locked") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	_, metrics := testGet(t, url+"/metrics")
	wantText(t, metrics, "\nspoons 12\n")
	stop()
	<-ended
}

// TestBehind shows that a service whose check of Behind fails says so, and is ready.
func TestBehind(t *testing.T) {
	p, _, _ := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.format=json")
	_, url, stop := testServing(t, with(p, Behind("pigeons", func() func(context.Context) error {
		return func(context.Context) error { return kit.Errorf(kit.Unavailable, "the pigeons are asleep") }
	})))
	defer stop()
	status, body := testGet(t, url+"/readyz")
	if status != http.StatusOK || !strings.Contains(body, `"status":"behind"`) || !strings.Contains(body, "the pigeons are asleep") {
		t.Errorf("/readyz: %d %s", status, body)
	}
}

func testHeader(t *testing.T, url, name string) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // nothing was read
	return resp.Header.Values(name)
}

// spoons is a metric.
type spoons struct{ prometheus.Gauge }

func newSpoons() *spoons {
	s := &spoons{prometheus.NewGauge(prometheus.GaugeOpts{Name: "spoons", Help: "Spoons."})}
	s.Set(12)
	return s
}

// TestBackgroundThatEnds shows that the service stops, with an error.
func TestBackgroundThatEnds(t *testing.T) {
	for name, err := range map[string]error{"for no reason": nil, "with an error": errors.New("no more tea")} {
		t.Run(name, func(t *testing.T) {
			p, _, stderr := testProgram(t, "--set", "http.addr=127.0.0.1:0")
			p = with(p, Background("tea", func() func(context.Context) error {
				return func(context.Context) error { return err }
			}))
			wantCode(t, p, exitFailed)
			wantText(t, stderr.String(), "background work failed", "name=tea", "a part of the service failed", "stopped")
		})
	}
}

// TestOwnCommand runs a command that takes from the graph only what it needs.
func TestOwnCommand(t *testing.T) {
	call := func(cmd *cobra.Command) Program[testConfig] {
		p, _, _ := testProgram(t)
		return with(p,
			fx.Provide(func() *http.Client { panic("nobody needs it") }),
			Command(cmd, func(c testButlerConfig) func(context.Context, []string) error {
				return func(_ context.Context, args []string) error {
					if args[0] == "nobody" {
						return errors.New("nobody\nhas come")
					}
					cmd.Println(c.Name, "calls", args[0])
					return nil
				}
			}),
			Command(&cobra.Command{Use: "ring", Short: "Ring a bell"}, func(e kit.Emitter) func(context.Context, []string) error {
				return func(ctx context.Context, _ []string) error { return e.Emit(ctx, ring{"door"}) }
			}),
		)
	}
	newCall := func() *cobra.Command {
		return &cobra.Command{Use: "call WHO", Short: "Call somebody", Args: cobra.ExactArgs(1)}
	}
	for _, tt := range []struct {
		args, want string
		code       int
	}{
		{"help", "Call somebody", exitDone},
		{"call maid --set butler.name=Anthony", "Anthony calls maid", exitDone},
		{"call", "shop: accepts 1 arg(s), received 0", exitRefused},
		{"call nobody", "shop: nobody has come\n", exitFailed},
		{"call maid --set butler.nam=x", "did you mean butler.name?", exitRefused},
		{"ring", "shop: cannot run ring: the store (sqlite) cannot be used\n  cause   data/service.db does not exist yet", exitFailed},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out strings.Builder
			p := call(newCall())
			p.Args, p.Stdout, p.Stderr = strings.Fields(tt.args), &out, &out
			wantCode(t, p, tt.code)
			wantText(t, out.String(), tt.want)
		})
	}
	p := call(newCall())
	p.Args = []string{"migrate"}
	wantCode(t, p, exitDone)
	p.Args = []string{"ring"}
	wantCode(t, p, exitDone)
}

func TestMigrate(t *testing.T) {
	p, stdout, _ := testProgram(t, "migrate")
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "data/service.db: ", " been applied\n")
	stdout.Reset()
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "data/service.db was up to date\n")
}

func TestNeeds(t *testing.T) {
	for _, need := range []kit.BusCapability{{Durable: true}, {Connected: true}, {Durable: true, Connected: true}} {
		p, stdout, stderr := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.level=error")
		p.Need = need
		wantCode(t, p, exitFailed)
		wantText(t, stderr.String(), "cannot start: the bus (channels) cannot be used", "it cannot", "change  bus.adapter")
		p.Args = append(p.Args, "check")
		wantCode(t, p, exitFailed)
		wantText(t, stdout.String(), "FAIL  bus (channels)", "Need in main.go", "no bus of the project can")
	}
}
