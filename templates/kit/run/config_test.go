package run

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestFileOfConfiguration says which file is read.
func TestFileOfConfiguration(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		env  []string
		want string // the level of the log
		from string
	}{
		{"none is named", nil, nil, "debug", "config.yaml:2"},
		{"by a variable", nil, []string{"SHOP_CONFIG=var.yaml"}, "warn", "var.yaml:2"},
		{"by a flag", []string{"--config", "flag.yaml"}, []string{"SHOP_CONFIG=var.yaml"}, "error", "flag.yaml:2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, stdout, _ := testProgram(t, append(tt.args, "config")...)
			setenv(t, tt.env...)
			writeFile(t, "config.yaml", "log:\n  level: debug\n")
			writeFile(t, "var.yaml", "log:\n  level: warn\n")
			writeFile(t, "flag.yaml", "log:\n  level: error\n")
			wantCode(t, p, exitDone)
			line := lineOf(stdout.String(), "log.level ")
			wantText(t, line, tt.want, tt.from)
		})
	}
}

func lineOf(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}

func TestMistakesAreToldTogether(t *testing.T) {
	for _, command := range []string{"serve", "config", "check", "dead-letters list", "dead-letters replay --all"} {
		t.Run(command, func(t *testing.T) {
			p, stdout, stderr := testProgram(t, append(strings.Fields(command), "--set", "http.adr=:80", "--set", "log.level=loud")...)
			setenv(t, "SHOP_HTTP=:80", "SHOP_SHUTDOWN_TIMEOUT=30")
			wantCode(t, p, exitRefused)
			wantText(t, stderr.String(), "shop: 4 mistakes in the configuration; nothing was done\n",
				"\n\nSHOP_HTTP\n    is the section http",
				"\n\nSHOP_SHUTDOWN_TIMEOUT: shutdown.timeout = 30\n    has no unit; write a duration such as 30ms, 30s or 30m\n",
				"\n\n--set http.adr\n    there is no such key; did you mean http.addr?\n",
				"\n\n--set: log.level = loud\n    must be one of debug, info, warn, error\n")
			if stdout.Len() > 0 {
				t.Errorf("prints %s", stdout)
			}
			if _, err := os.Stat("data"); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was done: %v", err)
			}
		})
	}
}

func TestValuesOutOfRange(t *testing.T) {
	for set, want := range map[string]string{
		"http.read_timeout=0s":        "http.read_timeout = 0s\n    must be more than 0",
		"http.max_in_flight=0":        "http.max_in_flight = 0\n    must be more than 0",
		"http.max_body=-1":            "http.max_body = -1",
		"http.addr=8080":              "http.addr = 8080\n    must be host:port",
		"http.request_timeout=1h":     "must be longer than http.request_timeout",
		"http.max_wait=10s":           "must be shorter than http.request_timeout",
		"http.read_header_timeout=1m": "must not be longer than http.read_timeout",
		"delivery.attempts=0":         "delivery.attempts = 0\n    must be more than 0",
		"delivery.remember=10m":       "delivery.remember = 10m\n    must not be shorter than delivery.lease",
		"delivery.lease=1m":           "delivery.lease = 1m\n    must be at least 1m0.001s, which delivery.attempts of delivery.timeout",
		"delivery.backoff=1m":         "must not be shorter than delivery.backoff",
		"log.format=xml":              "log.format = xml\n    must be one of text, json",
		"shutdown.timeout=0s":         "shutdown.timeout = 0s\n    must be between 1s and 1h",
		"shutdown.delay=-1s":          "shutdown.delay = -1s\n    must be between 0s and 5m",
		"store.adapter=oracle":        "store.adapter = oracle\n    must be ",
		"bus.adapter=chanels":         "bus.adapter = chanels\n    must be ",
	} {
		t.Run(set, func(t *testing.T) {
			p, _, stderr := testProgram(t, "config", "--set", set)
			wantCode(t, p, exitRefused)
			wantText(t, stderr.String(), want)
		})
	}
}

func TestConfigurationThatNothingFills(t *testing.T) {
	var stderr strings.Builder
	code := Main(Program[struct {
		Config
		Bells map[string]bool
	}]{Name: "shop", Args: []string{"config"}, Stderr: &stderr})
	if code != exitFailed {
		t.Errorf("exits with %d", code)
	}
	wantText(t, stderr.String(), "shop: cannot read the configuration: ")
}
