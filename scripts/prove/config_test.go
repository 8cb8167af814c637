package prove

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// configMistake is a mistake that one makes at three in the morning, with what
// the message must say of it.
type configMistake struct {
	name string
	file string   // config.yaml
	env  []string // variables
	args []string
	want []string
}

var configMistakes = []configMistake{
	{name: "unknown key", file: "http:\n  adr: :80\n", want: []string{"config.yaml:2", "http.adr", "http.addr"}},
	{name: "unknown section", file: "htpp:\n  addr: :80\n", want: []string{"config.yaml:1", "htpp", "http"}},
	{name: "unknown variable", env: []string{"SHOP_HTTP_ADR=:80"}, want: []string{"SHOP_HTTP_ADR", "SHOP_HTTP_ADDR"}},
	{name: "variable that names a section", env: []string{"SHOP_HTTP=:80"}, want: []string{"SHOP_HTTP"}},
	{name: "duration without a unit", file: "shutdown:\n  timeout: 30\n", want: []string{"config.yaml:2", "shutdown.timeout", "30s"}},
	{name: "duration without a unit, by variable", env: []string{"SHOP_SHUTDOWN_TIMEOUT=30"}, want: []string{"SHOP_SHUTDOWN_TIMEOUT", "30s"}},
	{name: "out of range", file: "delivery:\n  concurrency: -1\n", want: []string{"config.yaml:2", "delivery.concurrency", "-1"}},
	{name: "unknown adapter", args: []string{"--set", "store.adapter=sqlit"}, want: []string{"store.adapter", "sqlit", "sqlite"}},
	{name: "wrong type", file: "delivery:\n  attempts: many\n", want: []string{"config.yaml:2", "delivery.attempts", "many"}},
	{name: "unknown key by flag", args: []string{"--set", "bus.adaptor=channels"}, want: []string{"bus.adaptor", "bus.adapter"}},
	{name: "twice", file: "log:\n  level: info\n  level: warn\n", want: []string{"config.yaml:3", "level"}},
	{name: "not YAML", file: "http:\n\taddr: x\n", want: []string{"config.yaml:2"}},
	{
		name: "all at once", file: "http:\n  adr: :80\nshutdown:\n  timeout: 30\n", env: []string{"SHOP_STORE=x"},
		want: []string{"http.adr", "shutdown.timeout", "SHOP_STORE"},
	},
}

// TestConfigMistakes makes each mistake with a project's own binary, and prints
// the message that it gets.
func TestConfigMistakes(t *testing.T) {
	binary := plainShop(t).binary
	for _, c := range configMistakes {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file != "" {
				if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), binary, append(c.args, "check")...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), c.env...)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the mistake was accepted:\n%s", out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("the message does not say %q:\n%s", want, out)
				}
			}
			fmt.Printf("%s:\n%s\n", c.name, indent(string(out)))
		})
	}
}

// TestServiceLinksAreNoMistakes sets the variables that Kubernetes sets by itself
// for a service of the project's name.
func TestServiceLinksAreNoMistakes(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), plainShop(t).binary, "check")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "SHOP_PORT=tcp://10.0.0.1:80", "SHOP_SERVICE_HOST=10.0.0.1", "SHOP_SERVICE_PORT=80",
		"SHOP_PORT_80_TCP=tcp://10.0.0.1:80", "SHOP_PORT_80_TCP_PROTO=tcp", "SHOP_PORT_80_TCP_PORT=80", "SHOP_PORT_80_TCP_ADDR=10.0.0.1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
}

// plainShop is a project as it is made where nothing is asked for.
func plainShop(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "plain", func(t *testing.T, folder string) project { return scaffoldIn(t, folder) })
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
