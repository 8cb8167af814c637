package config_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// shop is configured in these tests.
type shop struct {
	HTTP  httpSection
	Store storeSection
	Mail  mailSection `config:"post"`
	Name  string
}

type httpSection struct {
	Addr         string
	ReadTimeout  time.Duration
	WriteTimeout time.Duration
	MaxBody      int32
	Port         uint16
	AllowOrigins []string
}

func (c httpSection) Check(report func(field, problem string)) {
	if c.Addr == "nowhere" {
		report("Addr", "must be host:port")
	}
	if c.WriteTimeout > 0 && c.WriteTimeout <= c.ReadTimeout {
		report("WriteTimeout", "must be longer than ReadTimeout")
	}
}

type storeSection struct {
	Adapter string
	Migrate bool
	Ratio   float64
	SQLite  sqliteSection `config:"sqlite"`
	Server  serverSection
}

func (c storeSection) Check(report func(field, problem string)) {
	config.OneOf(report, "Adapter", c.Adapter, "sqlite", "postgres")
	if c.SQLite.Path == "/" {
		report("SQLite.Path", "must be a file")
	}
}

type sqliteSection struct{ Path string }

type serverSection struct {
	DSN   kit.Secret
	Since time.Time
	Waits []time.Duration
}

type mailSection struct{ Level slog.Level }

const defaults = `# built in
name: shop
http:
  addr: 127.0.0.1:8080
  read_timeout: 5s
  write_timeout: 2m
  max_body: 1048576
  port: 80
  allow_origins: []
store:
  adapter: sqlite
  migrate: true
  ratio: 0.5
  sqlite:
    path: data/shop.db
  server:
    dsn: ""
    since: 2010-10-06T00:00:00Z
    waits: [1s, 1m]
post:
  level: INFO
`

func load(t *testing.T, file string, env []string, set ...string) (shop, config.Loaded, error) {
	t.Helper()
	in := config.Input{Defaults: []byte(defaults), Prefix: "SHOP", Set: set}
	setenv(t, env)
	if file != "" {
		t.Chdir(t.TempDir())
		in.File = "config.yaml"
		write(t, in.File, file)
	}
	var c shop
	loaded, err := config.Load(&c, in)
	return c, loaded, err
}

// setenv sets variables, each given as NAME=value.
func setenv(t *testing.T, variables []string) {
	t.Helper()
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLayers(t *testing.T) {
	file := `
http:
  addr: :9000
  read_timeout: 1m30s # a comment
  allow_origins: [https://a.example, "https://b.example"]
store:
  sqlite:
name: "from file"
`
	env := []string{"SHOP_HTTP_ADDR=:9001", "SHOP_STORE_MIGRATE=false", "SHOP_STORE_SERVER_WAITS=3s, 4s", "PATH=/bin", "SHOPPING=1"}
	c, loaded, err := load(t, file, env, "store.migrate=true", "store.ratio=0.1", "store.ratio=0.25")
	if err != nil {
		t.Fatal(err)
	}
	want := shop{
		HTTP: httpSection{
			Addr: ":9001", ReadTimeout: 90 * time.Second, WriteTimeout: 2 * time.Minute, MaxBody: 1 << 20, Port: 80,
			AllowOrigins: []string{"https://a.example", "https://b.example"},
		},
		Store: storeSection{
			Adapter: "sqlite", Migrate: true, Ratio: 0.25,
			SQLite: sqliteSection{Path: "data/shop.db"},
			Server: serverSection{
				Since: time.Date(2010, 10, 6, 0, 0, 0, 0, time.UTC),
				Waits: []time.Duration{3 * time.Second, 4 * time.Second},
			},
		},
		Name: "from file",
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	var got strings.Builder
	for _, e := range loaded {
		fmt.Fprintf(&got, "%s = %s (%s)\n", e.Key, e.Value, e.Source)
	}
	golden(t, "entries", got.String())
	if e := loaded.Entry("http.addr"); e.Variable != "SHOP_HTTP_ADDR" || e.Value != ":9001" {
		t.Errorf("got %+v", e)
	}
	if e := loaded.Entry("http.none"); e.Key != "http.none" || e.Source != "" {
		t.Errorf("got %+v", e)
	}
}

func TestNothingConfigured(t *testing.T) {
	for _, text := range []string{"", "# a comment\n", "---\n", "http:\nstore:\n  sqlite:\n"} {
		if _, _, err := load(t, text, nil); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeysWithoutAValue(t *testing.T) {
	var c shop
	loaded, err := config.Load(&c, config.Input{Prefix: "SHOP", Set: []string{"store.adapter=sqlite"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := loaded.Entry("http.addr"); e.Source != "not set" || e.Value != `""` {
		t.Errorf("got %+v", e)
	}
}

var serviceLinks = []string{
	"SHOP_SERVICE_HOST=10.0.0.11", "SHOP_SERVICE_PORT=80", "SHOP_SERVICE_PORT_HTTP=80",
	"SHOP_PORT=tcp://10.0.0.11:80", "SHOP_PORT_80_TCP=tcp://10.0.0.11:80", "SHOP_PORT_80_TCP_PROTO=tcp",
	"SHOP_PORT_80_TCP_PORT=80", "SHOP_PORT_80_TCP_ADDR=10.0.0.11",
	"SHOP_DB_SERVICE_HOST=fd00::11", "SHOP_DB_PORT=udp://[fd00::11]:53",
	// A service named shop-http: its port is no http.port.
	"SHOP_HTTP_SERVICE_HOST=10.0.0.12", "SHOP_HTTP_PORT=tcp://10.0.0.12:80",
}

func TestServiceLinks(t *testing.T) {
	c, _, err := load(t, "", serviceLinks)
	if err != nil || c.HTTP.Port != 80 {
		t.Errorf("got port %d and %v", c.HTTP.Port, err)
	}
}

func TestVariableOfTheFile(t *testing.T) {
	if _, _, err := load(t, "", []string{"SHOP_CONFIG=/etc/shop.yaml"}); err != nil {
		t.Error(err)
	}
}

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dsn")
	write(t, path, "postgres://u:p@h/db\n")
	for name, in := range map[string][2]string{
		"variable": {"SHOP_STORE_SERVER_DSN_FILE=" + path, "SHOP_STORE_SERVER_DSN_FILE (" + path + ")"},
		"none":     {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var env, set []string
			source := "--set (" + path + ")"
			if in[0] != "" {
				env, source = []string{in[0]}, in[1]
			} else {
				set = []string{"store.server.dsn_file=" + path}
			}
			c, loaded, err := load(t, "", env, set...)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Store.Server.DSN.Reveal(); got != "postgres://u:p@h/db" {
				t.Errorf("got %q", got)
			}
			e := loaded.Entry("store.server.dsn")
			if e.Value != "[redacted]" || e.Source != source {
				t.Errorf("got %+v, want source %s", e, source)
			}
		})
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	s := kit.NewSecret("hunter2")
	inJSON, err := json.Marshal(map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "in", serverSection{DSN: s})
	in := serverSection{DSN: s}
	all := fmt.Sprintf("%v %+v %#v %s %q %v %+v", s, s, s, s, s, in, in) + string(inJSON) + log.String()
	if strings.Contains(all, "hunter2") || !strings.Contains(all, "[redacted]") {
		t.Error(all)
	}
	if (kit.Secret{}).String() != "" || !(kit.Secret{}).IsZero() || s.IsZero() || s.Reveal() != "hunter2" {
		t.Error("an empty secret must be told from one that is kept")
	}
}

func TestStructsThatCannotBeConfigured(t *testing.T) {
	for name, target := range map[string]any{
		"no pointer":    shop{},
		"nothing":       nil,
		"a map":         &struct{ M map[string]string }{},
		"a function":    &struct{ F func() }{},
		"list of lists": &struct{ L [][]string }{},
		"same variable": &struct {
			A    struct{ BigC int }
			ABig struct{ C int }
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(target, config.Input{Prefix: "SHOP"})
			if mistakes := (config.Mistakes)(nil); err == nil || errors.As(err, &mistakes) {
				t.Errorf("got %v", err)
			}
		})
	}
}

var update = flag.Bool("update", false, "write what is got into testdata")

// golden compares a text with the one in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(home, "testdata", strings.ReplaceAll(name, " ", "-")+".txt")
	if *update {
		write(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// home is the folder of these tests, which change to others.
var home = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

// Embedded is embedded in what its owner writes, and embeds another.
type Embedded struct {
	Common
	Limit int
}

// Common is embedded in Embedded.
type Common struct{ HTTP httpSection }

func (c Embedded) Check(report func(field, problem string)) {
	if c.Limit > 10 {
		report("Limit", "must be at most 10")
	}
}

// ownSections is a configuration with sections of its own.
type ownSections struct {
	Embedded
	Orders ordersSection
}

type ordersSection struct{ MaxTotal int }

func (c ordersSection) Check(report func(field, problem string)) {
	if c.MaxTotal < 0 {
		report("MaxTotal", "must not be negative")
	}
}

func TestEmbeddedStructs(t *testing.T) {
	const defaults = "limit: 1\norders:\n  max_total: 5\nhttp:\n  addr: :80\n"
	var c ownSections
	t.Setenv("SHOP_HTTP_PORT", "90")
	loaded, err := config.Load(&c, config.Input{Defaults: []byte(defaults), Prefix: "SHOP"})
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.Addr != ":80" || c.HTTP.Port != 90 || c.Limit != 1 || c.Orders.MaxTotal != 5 {
		t.Errorf("got %+v", c)
	}
	if e := loaded.Entry("http.port"); e.Variable != "SHOP_HTTP_PORT" || e.Value != "90" {
		t.Errorf("got %+v", e)
	}
	t.Setenv("SHOP_LIMIT", "11")
	_, err = config.Load(&c, config.Input{
		Defaults: []byte(defaults), Prefix: "SHOP",
		Set: []string{"orders.max_total=-1", "orders.maxtotal=1", "http.addr=nowhere"},
	})
	want := "--set orders.maxtotal\n    there is no such key; did you mean orders.max_total?\n" +
		"--set: http.addr = nowhere\n    must be host:port\n" +
		"SHOP_LIMIT: limit = 11\n    must be at most 10\n" +
		"--set: orders.max_total = -1\n    must not be negative"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var twice struct {
		Embedded
		Limit int
	}
	if _, err := config.Load(&twice, config.Input{Prefix: "SHOP"}); err == nil {
		t.Error("the same key twice was accepted")
	}
}

func TestFlags(t *testing.T) {
	var c shop
	flags, err := config.Flags(&c)
	if err != nil {
		t.Fatal(err)
	}
	if err := flags.Parse([]string{"--http.addr", ":81", "--store.ratio=x", "--name=b"}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHOP_HTTP_ADDR", ":80")
	_, err = config.Load(&c, config.Input{Defaults: []byte(defaults), Prefix: "SHOP", Flags: flags, Set: []string{"name=c"}})
	want := "--store.ratio: store.ratio = x\n    must be a number"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if err := flags.Set("store.ratio", "0.75"); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(&c, config.Input{Defaults: []byte(defaults), Prefix: "SHOP", Flags: flags})
	if err != nil || c.HTTP.Addr != ":81" || c.Store.Ratio != 0.75 || c.Name != "c" {
		t.Errorf("got %+v and %v", c, err)
	}
	if e := loaded.Entry("http.addr"); e.Source != "--http.addr" {
		t.Errorf("got %+v", e)
	}
	if _, err := config.Flags(5); err == nil {
		t.Error("flags of a number")
	}
}

func TestJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "config.json", "{\n\t\"http\": {\n\t\t\"addr\": \":82\",\n\t\t\"allow_origins\": [\"https://a.example\"],\n\t\t\"port\": -1\n\t}\n}\n")
	var c shop
	_, err := config.Load(&c, config.Input{Defaults: []byte(defaults), File: "config.json", Prefix: "SHOP"})
	if want := "config.json:5: http.port = -1\n    must be a whole number between 0 and 65535"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestWatch(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "config.yaml", "name: a\n")
	changed := make(chan struct{}, 100)
	if err := config.Watch("config.yaml", func() { changed <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	in := config.Input{Defaults: []byte(defaults), File: "config.yaml", Prefix: "SHOP"}
	var c shop
	before, err := config.Load(&c, in)
	if err != nil {
		t.Fatal(err)
	}
	write(t, "new.yaml", "name: b\nstore:\n  server:\n    dsn: hunter2\n")
	if err := os.Rename("new.yaml", "config.yaml"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was noticed")
	}
	after, err := config.Load(&c, in)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range after.Changed(before) {
		keys = append(keys, e.Key)
	}
	if want := []string{"store.server.dsn", "name"}; !reflect.DeepEqual(keys, want) {
		t.Errorf("changed %q, want %q", keys, want)
	}
}
