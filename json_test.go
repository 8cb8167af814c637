package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// answer is what every command answers with --json, as docs/json.md has it.
type answer struct {
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
	Message  string `json:"message"`
	DryRun   bool   `json:"dry_run"`
	Files    []struct {
		Path   string `json:"path"`
		Change string `json:"change"`
	} `json:"files"`
	Findings []struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Rule    string `json:"rule"`
		Message string `json:"message"`
		Advice  string `json:"advice"`
		Note    bool   `json:"note"`
	} `json:"findings"`
	Components []struct {
		Port    string `json:"port"`
		Name    string `json:"name"`
		What    string `json:"what"`
		Present bool   `json:"present"`
	} `json:"components"`
	Services []string `json:"services"`
	Routes   []struct {
		Verb   string   `json:"verb"`
		Path   string   `json:"path"`
		Port   string   `json:"port"`
		Method string   `json:"method"`
		Status int      `json:"status"`
		Scopes []string `json:"scopes"`
		Open   bool     `json:"open"`
	} `json:"routes"`
	Unpublished []string `json:"unpublished"`
	Compared    bool     `json:"compared"`
	Changes     []struct {
		Route    string `json:"route"`
		Change   string `json:"change"`
		Breaking bool   `json:"breaking"`
	} `json:"changes"`
	NextSteps []struct {
		Run string `json:"run"`
		Why string `json:"why"`
	} `json:"next_steps"`
}

// asks runs a command with --json in the current folder. What it prints must be one answer
// that says everything.
func asks(t *testing.T, args ...string) answer {
	t.Helper()
	var out, errOut bytes.Buffer
	code := execute(t.Context(), files, append(args, "--json"), &out, &errOut)
	var a answer
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	if rest, err := io.ReadAll(io.MultiReader(d.Buffered(), &out)); err != nil || strings.TrimSpace(string(rest)) != "" {
		t.Errorf("%q: more than an answer: %s", args, rest)
	}
	if a.ExitCode != code || !strings.HasPrefix(strings.Join(append([]string{"outgrow"}, args...), " "), a.Command) {
		t.Errorf("%q: exit code %d of %q, want %d", args, a.ExitCode, a.Command, code)
	}
	if (code == 0) != (a.Message != "" && (len(a.Findings) == 0 || a.Findings[0].Note)) {
		t.Errorf("%q: exit code %d with the message %q and the findings %+v", args, code, a.Message, a.Findings)
	}
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.IsNil() {
			t.Errorf("%q: %s is null", args, v.Type().Field(i).Name)
		}
	}
	return a
}

func (a answer) has(t *testing.T, change, path string) {
	t.Helper()
	for _, f := range a.Files {
		if f.Path == path && f.Change == change {
			return
		}
	}
	t.Errorf("%s: no file %s was %s: %+v; %+v", a.Command, path, change, a.Files, a.Findings)
}

func (a answer) leadsTo(t *testing.T, run string) {
	t.Helper()
	for _, s := range a.NextSteps {
		if s.Run == run {
			return
		}
	}
	t.Errorf("%s: no next step is %q: %+v", a.Command, run, a.NextSteps)
}

func (a answer) finds(t *testing.T, code int, place, message string) {
	t.Helper()
	form := regexp.MustCompile(message)
	for _, f := range a.Findings {
		if f.File == place && a.ExitCode == code && form.MatchString(f.Message+"; "+f.Advice) && (f.Line > 0) == (place != "") {
			return
		}
	}
	t.Errorf("%s: exit code %d and %+v, want %d and %s in %q", a.Command, a.ExitCode, a.Findings, code, message, place)
}

// TestAnswersInJSON shows what each command answers, in the life of a project.
func TestAnswersInJSON(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=readonly -trimpath")
	t.Chdir(t.TempDir())
	asks(t, "version")
	asks(t, "list").leadsTo(t, "outgrow new DIR")
	a := asks(t, "new", "shop", "--module", "example.com/shop", "--with", "store=sqlite", "--with", "bus=channels", "--dry-run")
	a.has(t, "added", "main.go")
	if _, err := os.Stat("shop"); err == nil || !a.DryRun {
		t.Errorf("a dry run wrote: %+v", a)
	}
	a = asks(t, "new", "shop", "--module", "example.com/shop", "--with", "store=sqlite", "--with", "bus=channels")
	a.has(t, "added", "AGENTS.md")
	a.leadsTo(t, "cd shop")
	a.leadsTo(t, "go run .")
	asks(t, "new", "shop").finds(t, 2, "", "not empty")
	t.Chdir("shop")

	for _, c := range []struct{ args, change, path, next string }{
		{"add service invoice number:string", "added", "domain/invoice/invoice.go", "go run ."},
		{"add field invoice note:text?", "changed", "domain/invoice/invoice.go", "go test ./..."},
		{"add adapter nats", "changed", "outgrow.yaml", "go run . check --set bus.adapter=nats"},
		{"add port cache", "added", "kit/docs/cache.md", "go run . check"},
		{"add port mailer Send(to:string) --adapters console,smtp", "added", "ports/mailer.go", "go test ./adapters/smtp"},
		{"add adapter mailer/ses", "added", "adapters/ses/mailer.go", "go test ./adapters/ses"},
		{"add subscriber receipt order.created", "changed", "main.go", "go test ./app"},
		{"add job cleanup --every 1h", "changed", "main.go", "go run . schedule"},
		{"add command reindex", "added", "reindex.go", "go run . reindex"},
		{"add middleware audit", "added", "audit_test.go", "go test ."},
		{"add config mail.from=a@example.com", "changed", "config.yaml", "go run . config"},
	} {
		a := asks(t, strings.Fields(c.args)...)
		a.has(t, c.change, c.path)
		a.leadsTo(t, c.next)
	}
	a = asks(t, "list")
	if !slices.Equal(a.Services, []string{"order", "invoice"}) || len(a.Components) < 20 || !a.Components[0].Present || a.Components[1].Present {
		t.Errorf("list: %+v", a)
	}
	a = asks(t, "routes")
	if len(a.Routes) != 10 || a.Routes[0].Path != "/invoices" && a.Routes[0].Path != "/orders" || a.Compared {
		t.Errorf("routes: %+v", a)
	}
	asks(t, "check")
	asks(t, "generate", "--check")

	replaceIn(t, "domain/order/order.go", "\tCustomer string\n", "\tCustomer string\n\tPlace    string\n")
	a = asks(t, "generate", "--check")
	a.finds(t, 1, "adapters/sqlite/order_gen.go", "no longer matches")
	a.leadsTo(t, "outgrow generate")
	asks(t, "check").leadsTo(t, "outgrow generate")
	asks(t, "generate", "--dry-run").has(t, "changed", "adapters/sqlite/order_gen.go")
	a = asks(t, "generate")
	a.has(t, "changed", "adapters/sqlite/order_gen.go")
	a.leadsTo(t, "go test ./...")
}

// replaceIn replaces a text of a file that has it.
func replaceIn(t *testing.T, path, before, after string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), before) {
		t.Fatalf("%s does not have %q: %v", path, before, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestErrorsInJSON shows that errors of each kind are data: where, and what.
func TestErrorsInJSON(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=readonly -trimpath")
	t.Chdir(t.TempDir())
	asks(t, "generate").finds(t, 2, "", "there is no project in this folder")
	asks(t, "new", "shop", "--with", "store=sqlite", "--with", "bus=channels")
	t.Chdir("shop")
	asks(t, "add", "fild").finds(t, 2, "", `unknown command "fild"`)
	asks(t, "add", "field").leadsTo(t, "outgrow add field --help")
	asks(t, "check", "--nothing").finds(t, 2, "", "unknown flag: --nothing")
	asks(t, "new", "--module", "x").finds(t, 2, "", "takes one folder")
	asks(t, "add", "field", "order", "customer:string").finds(t, 2, "", "customer")

	replaceIn(t, "ports/orders.go", "\tDelete(ctx context.Context, id kit.UUID, events ...kit.Event) error\n",
		"\tDelete(ctx context.Context, id kit.UUID, events ...kit.Event) error\n\tPurge(ctx context.Context) error\n")
	asks(t, "generate").finds(t, 1, "ports/orders.go", "Purge cannot be derived; name it")
	asks(t, "add", "service", "invoice", "n:int").finds(t, 1, "ports/orders.go", "Purge cannot be derived")
	replaceIn(t, "ports/orders.go", "\tPurge(ctx context.Context) error\n", "")

	replaceIn(t, "main.go", "return fx.Options(", "return fx.Options(all...)\n\t_ = fx.Options(")
	replaceIn(t, "main.go", "\t_ = fx.Options(", "}\n\nvar all = []fx.Option{}\n\nfunc others(c Config) fx.Option {\n\treturn fx.Options(")
	asks(t, "add", "middleware", "audit").finds(t, 1, "main.go", "was edited; in func wiring, add:\n    run.Middleware\\(newAudit\\),")

	if err := os.WriteFile("mine.go", []byte("package main\n\ntype newReindex int\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	replaceIn(t, "main.go", "fx.Options(all...)", "fx.Options(fx.Options())")
	asks(t, "add", "command", "reindex").finds(t, 1, "reindex.go", "newReindex redeclared")
	if err := os.WriteFile("outgrow.yaml", []byte("format: 2\nmodul: shop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asks(t, "list").finds(t, 2, "outgrow.yaml", `unknown key "modul"`)
}

// TestJSONIsDocumented holds the page to the answer.
func TestJSONIsDocumented(t *testing.T) {
	page, err := os.ReadFile("docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	var members func(of reflect.Type, prefix string) []string
	members = func(of reflect.Type, prefix string) (all []string) {
		for f := range of.Fields() {
			name := prefix + f.Tag.Get("json")
			all = append(all, name)
			if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
				all = append(all, members(f.Type.Elem(), name+"[].")...)
			}
		}
		return all
	}
	want := members(reflect.TypeFor[answer](), "")
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.\\[\\]]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/json.md has %q\nwant %q", got, want)
	}
}
