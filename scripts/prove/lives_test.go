package prove

import (
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

var (
	lives     = flag.Int("lives", 2, "how many random projects TestRandomLives has grow")
	firstLife = flag.Int("first-life", 1, "the seed of the first of them")
)

// TestRandomLives makes random projects, has commands and people change them in turn,
// and shows that each is whole in the end and has every line that people wrote.
func TestRandomLives(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and tests whole projects; not with -short")
	}
	var mu sync.Mutex
	var sum record
	t.Run("all", func(t *testing.T) { // ends when those have that run beside each other
		for seed := *firstLife; seed < *firstLife+*lives; seed++ {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				g := live(t, rapid.Custom(drawLife).Example(seed))
				mu.Lock()
				defer mu.Unlock()
				fmt.Printf("life %d: %s\n", seed, g.record)
				sum.add(g.record)
			})
		}
	})
	fmt.Printf("random lives: projects=%d %s\n", *lives, sum)
	if sum.whole != *lives || sum.lost > 0 || sum.refused*4 > sum.commands {
		t.Errorf("want %d projects that are whole, no line lost, and few commands refused", *lives)
	}
}

// live makes a project and has everything happen to it.
func live(t *testing.T, l life) grown {
	t.Helper()
	t.Log(l)
	g := grown{project: scaffold(t, l.services...)}
	for _, s := range l.steps {
		g.take(t, s)
	}
	g.mustBeWhole(t)
	return g
}

// life is what becomes of a project.
type life struct {
	services []string
	steps    []happening
}

// happening is a command, or an edit by hand.
type happening struct {
	command []string
	edit    string // one of the edits, where there is no command
	at      int    // a random number that chooses the place
}

func (l life) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "services: %s\n", strings.Join(l.services, "; "))
	for _, s := range l.steps {
		fmt.Fprintf(&b, "then: %s%s\n", strings.Join(s.command, " "), s.edit)
	}
	return b.String()
}

// drawLife draws one to six services of all types, and some odd names, and then what
// happens to them.
func drawLife(r *rapid.T) life {
	var l life
	d := drawing{r: r, fields: map[string][]string{}}
	for range rapid.IntRange(1, 4).Draw(r, "services") {
		l.services = append(l.services, strings.Join(d.service(), " "))
	}
	for n := range rapid.IntRange(3, 8).Draw(r, "steps") {
		l.steps = append(l.steps, d.edit(n), d.command())
	}
	return l
}

// drawing knows which names are taken.
type drawing struct {
	r        *rapid.T
	services []string
	fields   map[string][]string // by service
}

func (d *drawing) command() happening {
	kinds := []string{"add field", "add field", "generate"}
	if len(d.services) < 6 {
		kinds = append(kinds, "add service")
	}
	switch kind := rapid.SampledFrom(kinds).Draw(d.r, "command"); kind {
	case "add service":
		return happening{command: append([]string{"add", "service"}, d.service()...)}
	case "add field":
		s := rapid.SampledFrom(d.services).Draw(d.r, "of")
		return happening{command: append([]string{"add", "field", s}, d.someFields(s, 3)...)}
	default:
		return happening{command: []string{kind}}
	}
}

func (d *drawing) edit(n int) happening {
	return happening{
		edit: rapid.SampledFrom([]string{"comment", "comment", "function", "method", "field", "rename", "delegate", "join"}).Draw(d.r, "edit"),
		at:   rapid.IntRange(0, 1_000_000).Draw(d.r, "at")*10 + n,
	}
}

// service returns the name of a service that there is not yet, and its fields.
func (d *drawing) service() []string {
	odd := rapid.SampledFrom(slices.Sorted(maps.Keys(awkwardNames)))
	name := distinct(d.r, rapid.OneOf(odd, rapid.StringMatching(`[a-z]{3,9}(_[a-z]{3,6})?`)), d.services)
	d.services = append(d.services, name)
	return append([]string{name}, d.someFields(name, 6)...)
}

var fieldTypes = []string{"string", "text", "int", "int64", "float64", "bool", "time", "duration", "bytes", "uuid", "enum:red,green"}

// someFields returns up to n fields that the service has not.
func (d *drawing) someFields(service string, n int) (fields []string) {
	odd := rapid.Map(rapid.SampledFrom(awkwardFields), func(f string) string { return strings.Split(f, ":")[0] })
	for range rapid.IntRange(1, n).Draw(d.r, "fields") {
		name := distinct(d.r, rapid.OneOf(odd, rapid.StringMatching(`[a-z]{3,9}(_[a-z]{3,6})?`)), d.fields[service])
		d.fields[service] = append(d.fields[service], name)
		typ := rapid.SampledFrom(fieldTypes).Draw(d.r, "type")
		if typ != "bytes" && !strings.HasPrefix(typ, "enum") {
			typ = rapid.SampledFrom([]string{"", "", "[]"}).Draw(d.r, "list") + typ
		}
		fields = append(fields, name+":"+typ+rapid.SampledFrom([]string{"", "?"}).Draw(d.r, "optional"))
	}
	return fields
}

// distinct draws a name that is none of those taken, however it is written.
func distinct(r *rapid.T, names *rapid.Generator[string], taken []string) string {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	return names.Filter(func(name string) bool {
		return !slices.ContainsFunc(taken, func(other string) bool { return plain(other) == plain(name) })
	}).Draw(r, "name")
}

// record counts what has happened.
type record struct{ commands, refused, edits, whole, lost int }

func (c record) String() string {
	return fmt.Sprintf("commands=%d refused=%d edits=%d whole=%d lines_lost=%d", c.commands, c.refused, c.edits, c.whole, c.lost)
}

func (c *record) add(other record) {
	c.commands += other.commands
	c.refused += other.refused
	c.edits += other.edits
	c.whole += other.whole
	c.lost += other.lost
}

// grown is a project that commands and people change in turn.
type grown struct {
	project
	record
	marks []string // on each line that was written by hand
}

func (g *grown) take(t *testing.T, h happening) {
	t.Helper()
	if h.command != nil {
		g.command(t, h.command)
		return
	}
	g.edits++
	mark := fmt.Sprintf("by hand %d", g.edits)
	g.change(t, h, mark)
	g.marks = append(g.marks, mark)
}

// command runs a command. A random name may be refused, and then nothing is written.
func (g *grown) command(t *testing.T, args []string) {
	t.Helper()
	g.commands++
	before := g.snapshot(t)
	cmd := exec.CommandContext(t.Context(), outgrow, args...)
	cmd.Dir = g.dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	refusal, ok := errors.AsType[*exec.ExitError](err)
	if !ok || refusal.ExitCode() != 2 || strings.Count(string(out), "\n") != 1 {
		t.Fatalf("outgrow %q: %v\n%s", args, err, out)
	}
	t.Logf("refused: outgrow %s: %s", strings.Join(args, " "), out)
	g.refused++
	if !slices.Equal(before, g.snapshot(t)) {
		t.Errorf("outgrow %q was refused and wrote something", args)
	}
}

// snapshot returns every file with its text.
func (g *grown) snapshot(t *testing.T) (all []string) {
	t.Helper()
	g.walk(t, ".", func(name, text string) { all = append(all, name+"\n"+text) })
	return all
}

// walk calls visit for each file below a folder of the project.
func (g *grown) walk(t *testing.T, folder string, visit func(name, text string)) {
	t.Helper()
	root := os.DirFS(g.dir)
	err := fs.WalkDir(root, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		visit(name, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mustBeWhole shows that the project builds, passes its own tests and the command's
// check, and has every line that was written by hand.
func (g *grown) mustBeWhole(t *testing.T) {
	t.Helper()
	g.command(t, []string{"generate"})
	g.run(t, outgrow, "check")
	g.run(t, "go", "build", "./...")
	g.run(t, "go", "vet", "./...")
	g.run(t, "env", "TEST_CONTAINERS=off", "go", "test", "-vet=off", "./...")
	var all strings.Builder
	g.walk(t, ".", func(name, text string) {
		if !strings.Contains(name, "_gen") { // what is derived repeats comments
			all.WriteString(text)
		}
	})
	for _, mark := range g.marks {
		if n := strings.Count(all.String(), "// "+mark+"\n"); n != 1 {
			t.Errorf("the line %q is there %d times", mark, n)
			g.lost++
		}
	}
	if !t.Failed() {
		g.whole++
	}
}

var (
	// details is where a struct of details begins.
	details = regexp.MustCompile(`(?m)^type Details struct \{\n`)
	// rules is where a method begins that returns what is wrong with details.
	rules = regexp.MustCompile(`(?m)^func \(d Details\) (\w+)\(\) error \{\n`)
	// parts are those of the wiring that have lines of their own.
	parts = regexp.MustCompile(`fx\.Options\(\n((?:\t\t[^\n]+,\n)+)\t\)`)
)

// change edits the project by hand, on lines that bear the mark.
func (g *grown) change(t *testing.T, h happening, mark string) {
	t.Helper()
	n := h.at
	switch h.edit {
	case "comment":
		name, text := g.pick(t, n, func(string, string) bool { return true })
		g.write(t, name, commented(text, n, mark))
	case "function":
		name, text := g.pick(t, n, isNoTest)
		g.write(t, name, text+fmt.Sprintf("\nfunc byHand%d() int { return %d } // %s\n", g.edits, g.edits, mark))
	case "method":
		name, text := g.pick(t, n, hasDetails)
		g.write(t, name, text+fmt.Sprintf("\nfunc (d Details) ByHand%d() int { return %d } // %s\n", g.edits, g.edits, mark))
	case "field":
		name, text := g.pick(t, n, hasDetails)
		g.write(t, name, details.ReplaceAllString(text, fmt.Sprintf("${0}\tByHand%d *string // %s\n", g.edits, mark)))
	case "rename":
		name, text := g.pick(t, n, isNoTest)
		to := filepath.Join(filepath.Dir(name), fmt.Sprintf("by_hand_%d.go", g.edits))
		if err := os.Rename(filepath.Join(g.dir, name), filepath.Join(g.dir, to)); err != nil {
			t.Fatal(err)
		}
		g.write(t, to, text+"\n// "+mark+"\n")
	case "delegate": // to a method of another name, which has the lines
		name, text := g.pick(t, n, func(_, text string) bool { return rules.MatchString(text) })
		other := fmt.Sprintf("byHand%d", g.edits)
		g.write(t, name, rules.ReplaceAllString(text, fmt.Sprintf("func (d Details) ${1}() error { return d.%s() } // %s\n\nfunc (d Details) %[1]s() error {\n", other, mark)))
	case "join": // what is on several lines
		name, text := g.pick(t, n, func(_, text string) bool { return strings.Contains(text, "fx.Options(") })
		joined := parts.ReplaceAllStringFunc(text, func(lines string) string {
			return strings.NewReplacer("\n\t\t", "", ",\n\t)", ")", ",\n", ", ", "\t", "").Replace(lines)
		})
		g.write(t, name, joined+"\n// "+mark+"\n")
	}
}

func isNoTest(name, _ string) bool { return !strings.HasSuffix(name, "_test.go") }

func hasDetails(_, text string) bool { return details.MatchString(text) }

// pick returns one of the files that belong to whoever owns the project.
func (g *grown) pick(t *testing.T, n int, suits func(name, text string) bool) (name, text string) {
	t.Helper()
	type file struct{ name, text string }
	var files []file
	for _, folder := range []string{"main.go", "config.go", "domain", "app", "ports"} {
		g.walk(t, folder, func(name, text string) {
			if isOwned(name) && suits(name, text) {
				files = append(files, file{name, text})
			}
		})
	}
	chosen := files[n%len(files)]
	return chosen.name, chosen.text
}

// isOwned reports whether a Go file is the owner's, and not derived.
func isOwned(name string) bool {
	if !strings.HasSuffix(name, ".go") || strings.Contains(name, "_gen") {
		return false
	}
	return name == "main.go" || name == "config.go" || strings.HasPrefix(name, "app/") || strings.HasPrefix(name, "ports/") || strings.HasPrefix(name, "domain/")
}

// commented returns Go with a comment on a line of its own, after the nth line or the
// next one where that is possible.
func commented(text string, n int, mark string) string {
	lines := strings.SplitAfter(text, "\n")
	for i := range lines {
		at := (n + i) % len(lines)
		edited := strings.Join(slices.Insert(slices.Clone(lines), at, "// "+mark+"\n"), "")
		f, err := parser.ParseFile(token.NewFileSet(), "", edited, parser.ParseComments)
		if err != nil {
			continue
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if c.Text == "// "+mark {
					return edited
				}
			}
		}
	}
	return text + "\n// " + mark + "\n"
}
