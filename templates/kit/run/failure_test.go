package run

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/fx"
)

// TestFailuresAtStart makes the service fail to start, and reads what it says:
// the dependency, the cause and the key to change, in a few lines.
func TestFailuresAtStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nothing was done with it
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		file string // config.yaml
		want []string
	}{
		{
			name: "address in use",
			args: []string{"--set", "http.addr=" + taken.Addr().String()},
			want: []string{"shop: cannot start: the HTTP address cannot be used", "address already in use", "--set http.addr, which sets it to 127.0.0.1:"},
		},
		{
			name: "a folder for a file, from the file",
			file: "store:\n  sqlite:\n    path: .\n",
			want: []string{"the store (sqlite)", "is a directory", "store.sqlite.path, which is . in config.yaml:3, or set SHOP_STORE_SQLITE_PATH"},
		},
		{
			name: "a file for a folder, from a variable",
			env:  []string{"SHOP_STORE_SQLITE_PATH=config.yaml/shop.db"},
			file: "# a file\n",
			want: []string{"the store (sqlite)", "not a directory", "SHOP_STORE_SQLITE_PATH, which sets store.sqlite.path to config.yaml/shop.db"},
		},
		{
			name: "not migrated",
			args: []string{"--set", "store.migrate=false"},
			want: []string{"the store (sqlite)", "not been applied", "--set store.migrate, which sets it to false"},
		},
		{
			name: "no database",
			env:  []string{"SHOP_STORE_SQLITE_PATH=config.yaml"},
			file: "# no database, but long enough to be taken for one: " + strings.Repeat("-", 100) + "\n",
			want: []string{"the store (sqlite)", "file is not a database"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _, stderr := testProgram(t, append(tt.args, "--set", "log.level=error")...)
			setenv(t, tt.env...)
			if tt.file != "" {
				writeFile(t, "config.yaml", tt.file)
			}
			if !strings.HasPrefix(tt.name, "address") {
				p.Args = append(p.Args, "--set", "http.addr=127.0.0.1:0")
			}
			wantCode(t, p, exitFailed)
			got := stderr.String()
			wantText(t, got, append(tt.want, "\n  cause   ", "\n  change  ", "\n  then    shop check\n")...)
			if n := strings.Count(got, "\n"); n > 5 {
				t.Errorf("%d lines:\n%s", n, got)
			}
			if strings.Contains(got, "fx") || strings.Contains(got, ".go:") {
				t.Errorf("speaks of the wiring:\n%s", got)
			}
		})
	}
}

func TestDefaultThatFails(t *testing.T) {
	p, _, stderr := testProgram(t, "--set", "http.addr=127.0.0.1:0")
	writeFile(t, "data", "a file where the folder would be")
	wantCode(t, p, exitFailed)
	wantText(t, stderr.String(), "store.sqlite.path, which is data/service.db by default, or set SHOP_STORE_SQLITE_PATH")
}

// TestWiringThatFails shows that a mistake in the wiring is printed in a line that
// says where it is.
func TestWiringThatFails(t *testing.T) {
	p, _, stderr := testProgram(t)
	p = with(p, Routes(func(*http.Client) {}))
	wantCode(t, p, exitFailed)
	if got := stderr.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "*http.Client") || !strings.Contains(got, "failure_test.go:") {
		t.Errorf("got\n%s", got)
	}
	stderr.Reset()
	p.Args = []string{"check", "--set", "http.addr=127.0.0.1:0"}
	wantCode(t, p, exitFailed)
	wantText(t, p.Stdout.(fmt.Stringer).String(), "FAIL  wiring", "*http.Client; add fx.Provide(CONSTRUCTOR) in main.go")
}

func TestUnknownAdapter(t *testing.T) {
	p, _, stderr := testProgram(t)
	p.Wiring = func(testConfig) fx.Option { return UnknownAdapter("store", "oracle") }
	wantCode(t, p, exitFailed)
	wantText(t, stderr.String(), "the store cannot be used", `there is no adapter "oracle"`, "store.adapter")
}
