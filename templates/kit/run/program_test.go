package run

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/config"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

// The service of these tests is a house in which a butler comes when a bell is
// rung.

// testConfig is its configuration.
type testConfig struct {
	Config
	Store  testStoreConfig
	Bus    testBusConfig
	Butler testButlerConfig
}

type testStoreConfig struct {
	Adapter string
	Migrate bool
	SQLite  sqlitestore.Config `config:"sqlite"`
}

// Check reports an unknown adapter.
func (c testStoreConfig) Check(report func(field, problem string)) {
	config.OneOf(report, "Adapter", c.Adapter, "sqlite")
}

type testBusConfig struct {
	Adapter  string
	Channels chanbus.Config
}

// Check reports an unknown adapter.
func (c testBusConfig) Check(report func(field, problem string)) {
	config.OneOf(report, "Adapter", c.Adapter, "channels")
}

type testButlerConfig struct{ Name string }

const testDefaults = `
http:
  addr: 127.0.0.1:8080
  read_header_timeout: 5s
  read_timeout: 15s
  write_timeout: 30s
  idle_timeout: 2m
  request_timeout: 10s
  max_body: 1048576
  max_body_memory: 67108864
  max_header: 65536
  max_connections: 10000
  max_in_flight: 256
  max_wait: 100ms
  allow_origins: []
  hosts: []
store:
  adapter: sqlite
  migrate: true
  sqlite:
    path: data/service.db
    readers: 0
bus:
  adapter: channels
  channels:
    window: 10000
delivery:
  attempts: 2
  backoff: 1ms
  max_backoff: 30s
  timeout: 30s
  concurrency: 64
  poll: 10ms
  lease: 15m
  remember: 168h
log:
  level: info
  format: text
  access: true
shutdown:
  delay: 0s
  timeout: 30s
butler:
  name: James
`

// testWiring is what the house is made of.
func testWiring(c testConfig) fx.Option {
	return fx.Options(testTechnology(c), Subscribe(newButler))
}

// testTechnology is what would be derived of a project.
func testTechnology(c testConfig) fx.Option {
	return fx.Options(
		fx.Supply(c.Butler),
		fx.Provide(func() kit.EventCodec { return testCodec{} }),
		Store[*sqlitestore.DB](StoreSpec{
			Adapter: c.Store.Adapter, Key: "store.sqlite.path", Migrate: c.Store.Migrate,
			Open: func(ctx context.Context) (Database, error) {
				return sqlitestore.Open(ctx, c.Store.SQLite, testCodec{}, testSchema)
			},
			OpenBeside: func(ctx context.Context) (Database, error) {
				return sqlitestore.OpenBeside(ctx, c.Store.SQLite, testCodec{}, testSchema)
			},
			Look: func(ctx context.Context) (Database, error) {
				return sqlitestore.Look(ctx, c.Store.SQLite, testCodec{}, testSchema)
			},
			Backup: func(ctx context.Context, to string) error {
				return sqlitestore.Backup(ctx, c.Store.SQLite, testSchema, to)
			},
			Restore: func(ctx context.Context, from string) (string, error) {
				return sqlitestore.Restore(ctx, c.Store.SQLite, testSchema, from)
			},
		}),
		Bus(BusSpec{
			Adapter: c.Bus.Adapter, Capability: chanbus.Capability(),
			Open: func(context.Context, string) (kit.Bus, error) { return chanbus.New(c.Bus.Channels), nil },
		}),
	)
}

var testSchema = kit.Schema{Project: "shop"}

// ring is the event of these tests.
type ring struct{ Bell string }

func (ring) Topic() string { return "bell.rung" }
func (e ring) Key() string { return e.Bell }

type testCodec struct{}

func (testCodec) Encode(e kit.Event) ([]byte, error) { return []byte(e.Key()), nil }

func (testCodec) Decode(_ string, payload []byte) (kit.Event, error) {
	return ring{string(payload)}, nil
}

// butler comes when the bell is rung, unless he is deaf.
type butler struct {
	name string
	deaf atomic.Bool
	came chan string
}

func newButler(c testButlerConfig) *butler {
	return &butler{name: c.Name, came: make(chan string, 10)}
}

func (*butler) Group() string    { return "butler" }
func (*butler) Topics() []string { return []string{"bell.rung"} }

func (b *butler) HandleTx(_ context.Context, e kit.Event) error {
	if b.deaf.Load() {
		return errors.New("the butler is deaf:\nhe has not heard")
	}
	b.came <- e.Key()
	return nil
}

// testProgram returns the program of the house, in an empty folder, and what it
// prints. More options may be added to the wiring.
func testProgram(t *testing.T, args ...string) (p Program[testConfig], stdout, stderr *bytes.Buffer) {
	t.Helper()
	t.Chdir(t.TempDir())
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return Program[testConfig]{
		Name: "shop", Version: "1.2.3", Defaults: []byte(testDefaults), Wiring: testWiring,
		Args: args, Stdout: stdout, Stderr: stderr,
	}, stdout, stderr
}

// with returns the program with more in its wiring.
func with(p Program[testConfig], options ...fx.Option) Program[testConfig] {
	wiring := p.Wiring
	p.Wiring = func(c testConfig) fx.Option { return fx.Options(wiring(c), fx.Options(options...)) }
	return p
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// setenv sets variables, each given as NAME=value.
func setenv(t *testing.T, variables ...string) {
	t.Helper()
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
}

// wantCode runs the program and fails the test unless it exits with the code.
func wantCode(t *testing.T, p Program[testConfig], want int) {
	t.Helper()
	if got := Main(p); got != want {
		t.Fatalf("%q: exits with %d, want %d:\n%s%s", p.Args, got, want, p.Stdout, p.Stderr)
	}
}

func wantText(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("does not say %q:\n%s", w, got)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		p, stdout, _ := testProgram(t, args...)
		wantCode(t, p, exitDone)
		wantText(t, stdout.String(), "Serve until", "dead-letters", "migrate", "--set key=value", "SHOP_HTTP_ADDR", "SHOP_CONFIG")
	}
	p, stdout, _ := testProgram(t, "dead-letters", "replay", "--help")
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "shop dead-letters replay ID… | --all")
	for _, arg := range []string{"version", "--version"} {
		p, stdout, _ := testProgram(t, arg)
		wantCode(t, p, exitDone)
		if got := stdout.String(); got != "shop 1.2.3\n" {
			t.Errorf("got %q", got)
		}
	}
}

func TestDefaultsOfProgram(t *testing.T) {
	s := newService(Program[testConfig]{Name: "order-desk.2"})
	if s.input.Prefix != "ORDER_DESK_2" || s.version == "" || s.args == nil || s.stdout != os.Stdout || s.stderr != os.Stderr {
		t.Errorf("got %+v", s)
	}
}

func TestRefusedCommandLines(t *testing.T) {
	for args, want := range map[string]string{
		"sevre":                       `shop: there is no command "sevre"; did you mean serve?`,
		"serve now":                   `shop: unknown command "now" for "shop serve"`,
		"--port 80":                   "shop: unknown flag: --port\n",
		"serve --http.adr=:80":        "shop: unknown flag: --http.adr; did you mean http.addr?",
		"--set":                       "shop: flag needs an argument: --set",
		"config --config=":            `shop: invalid argument "" for "--config" flag: must not be empty`,
		"backup":                      "shop: backup needs the path of one file",
		"restore a b":                 "shop: restore needs the path of one file",
		"migrate stats":               `shop: unknown command "stats" for "shop migrate"`,
		"dead-letters":                "shop: missing subcommand: dead-letters list or dead-letters replay",
		"dead-letters purge":          "shop: missing subcommand: dead-letters list or dead-letters replay",
		"dead-letters list x":         `shop: unknown command "x" for "shop dead-letters list"`,
		"dead-letters list --all":     "shop: unknown flag: --all",
		"dead-letters replay":         "shop: dead-letters replay needs either IDs or --all",
		"dead-letters replay x --all": "shop: dead-letters replay needs either IDs or --all",
		"dead-letters replay 5":       `shop: "5" is not the ID of a dead letter`,
	} {
		t.Run(args, func(t *testing.T) {
			p, _, stderr := testProgram(t, strings.Fields(args)...)
			wantCode(t, p, exitRefused)
			wantText(t, stderr.String(), want, `"shop help" lists the commands`)
		})
	}
}

func TestFlagsAnywhere(t *testing.T) {
	s := newService(Program[testConfig]{Name: "shop", Args: []string{
		"--set", "a=b=c", "dead-letters", "--config=f", "replay", "x", "--all", "--set=d=", "-n", "5", "--log.level=warn", "y", "--set", "e=1,2",
	}})
	s.readFlags(s.root().PersistentFlags())
	if got := s.input; got.File != "f" || strings.Join(got.Set, " ") != "a=b=c d= e=1,2" || got.Flags.Lookup("log.level").Value.String() != "warn" {
		t.Errorf("got %+v", got)
	}
}
