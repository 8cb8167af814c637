package app_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/memory"
	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/conflict"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// refreshOf returns the use case of refresh for a project with conflicts that git has
// kept the sides of.
func refreshOf(text string, unmerged map[string]conflict.Sides) *app.Refresh {
	records := record.New(english.English{})
	kept := func(context.Context, string) (map[string]conflict.Sides, error) { return unmerged, nil }
	unions := map[string]app.Union{"go.mod": func(ours, theirs []byte) ([]byte, error) { return append(ours, theirs...), nil }}
	return app.NewRefresh(generator(text), records, compiles, app.NewResolve(records, kept, unions), fits, noKit{})
}

// noKit is the kit of derived files that import nothing of it.
type noKit struct{ app.Kit }

func (noKit) Imported(string, []plan.File) ([]string, error) { return nil, nil }

// in returns two texts in conflict, as git writes them in a style.
func in(style, base, ours, theirs string) string {
	if style == "diff3" {
		base = "||||||| base\n" + base
	} else {
		base = ""
	}
	return "<<<<<<< HEAD\n" + ours + base + "=======\n" + theirs + ">>>>>>> other\n"
}

const (
	lockBase = "struct order.Order table orders\n  ID id id uuid 2\n"
	due      = "  Due due due time 3\n"
	color    = "  Color color color string 4\n"
)

// TestResolveBetweenMarkers resolves conflicts of which git has not kept the sides.
func TestResolveBetweenMarkers(t *testing.T) {
	for name, mark := range map[string]func(base, ours, theirs string) string{
		"merge": func(_, ours, theirs string) string { return in("merge", "", ours, theirs) },
		"diff3": func(base, ours, theirs string) string { return in("diff3", base, ours, theirs) },
		"CRLF": func(_, ours, theirs string) string {
			return strings.ReplaceAll(in("merge", "", ours, theirs), "\n", "\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := memory.New("shop")
			put(t, folder, record.File, strings.Replace(shop, "    fields: [customer:string]\n", "    fields:\n      - customer:string\n"+mark("", "      - due:time\n", "      - color:text\n"), 1))
			put(t, folder, lock.File, lockBase+mark("", due, color))
			put(t, folder, derivedFile, mark(stamped("old\n"), stamped("ours\n"), stamped("theirs\n")))
			put(t, folder, "go.mod", mark("", "a\n", "b\n"))
			put(t, folder, app.SumsFile, mark("", "1  kit/a\n3  kit/c\n", "2  kit/b\n"))
			if d, err := refreshOf("new", nil).Run(t.Context(), folder, ""); err != nil || len(d.Stale()) != 5 {
				t.Fatalf("%v %v", d.Stale(), err)
			}
			for name, want := range map[string]string{
				derivedFile: stamped("new"), "go.mod": "a\nb\n", app.SumsFile: "1  kit/a\n2  kit/b\n3  kit/c\n",
				lock.File: due + color, record.File: "      - customer:string\n      - due:time\n      - color:text\n",
			} {
				if got := read(t, folder, name); !strings.Contains(got, want) || conflict.In([]byte(got)) {
					t.Errorf("%s is\n%s", name, got)
				}
			}
		})
	}
}

// TestResolveAnUnchangedFile shows that a file is written without its conflict also where
// what is derived is what one branch has.
func TestResolveAnUnchangedFile(t *testing.T) {
	folder := project(t)
	put(t, folder, derivedFile, in("merge", "", stamped("old\n"), stamped("theirs\n")))
	if d, err := refreshOf("old\n", nil).Check(t.Context(), folder, ""); err != nil || len(d.Stale()) != 1 {
		t.Errorf("%v %v", d.Stale(), err)
	}
	if _, err := refreshOf("old\n", nil).Run(t.Context(), folder, ""); err != nil {
		t.Fatal(err)
	}
	if got := read(t, folder, derivedFile); got != stamped("old\n") {
		t.Errorf("%q", got)
	}
}

func TestResolveRefuses(t *testing.T) {
	edited := stamped("theirs\n") + "// mine\n"
	for name, c := range map[string]struct {
		file, text string
		unmerged   map[string]conflict.Sides
		want       string
	}{
		"an edit": {derivedFile, in("merge", "", stamped("ours\n"), edited), nil, derivedFile + " has a merge conflict, and may have been edited by hand"},
		"an edit that git knows": {derivedFile, in("merge", "", stamped("ours\n"), stamped("theirs\n")),
			map[string]conflict.Sides{derivedFile: {Ours: []byte(edited), Theirs: []byte(stamped("theirs\n")), Whole: true}}, "may have been edited by hand"},
		"a name of two meanings": {lock.File, lockBase + in("merge", "", due, strings.Replace(due, "time 3", "string 4", 1)), nil,
			"outgrow.lock: Due of order.Order is time on one branch and string on the other"},
		"a lock that cannot be read":   {lock.File, lockBase + in("merge", "", due, "?\n"), nil, "outgrow.lock:3:1: want"},
		"a record that cannot be read": {record.File, shop + in("merge", "", "a: b\n", ""), nil, "outgrow.yaml:8:1: unknown key"},
		"a source in conflict": {lock.File, lockBase + in("merge", "", due, color),
			map[string]conflict.Sides{"domain/order/order.go": {}, "main.go": {}, "domain/order/order_test.go": {}}, "domain/order/order.go:2: merge conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := project(t)
			for _, source := range []string{"domain/order/order.go", "main.go", "domain/order/order_test.go"} {
				put(t, folder, source, "package order\n"+in("merge", "", "a\n", "b\n"))
			}
			put(t, folder, c.file, c.text)
			_, err := refreshOf("new", c.unmerged).Run(t.Context(), folder, "")
			var refusal plan.Refusal
			if !errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), c.want) && !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want a refusal: %s", err, c.want)
			}
			if got := read(t, folder, c.file); got != c.text {
				t.Errorf("%q was written", got)
			}
		})
	}
}

// TestResolveSums shows that of two kits the newer one has its files.
func TestResolveSums(t *testing.T) {
	const ours, theirs = "1  kit/a\n2  kit/b\n", "3  kit/b\n"
	for name, c := range map[string]struct{ ours, theirs, want string }{
		"ours":   {"v1.10.0", "v1.9.0", "1  kit/a\n2  kit/b\n"},
		"theirs": {"v1.10.0", "v2.0.0", "1  kit/a\n3  kit/b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := memory.New("shop")
			versions := in("merge", "", fmt.Sprintf("kit: %s\n", c.ours), fmt.Sprintf("kit: %s\n", c.theirs))
			put(t, folder, record.File, versions+shop)
			put(t, folder, app.SumsFile, in("merge", "", ours, theirs))
			if _, err := refreshOf("new", nil).Run(t.Context(), folder, ""); err != nil {
				t.Fatal(err)
			}
			if got := read(t, folder, app.SumsFile); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func fits(fs.FS, string) (bool, error) { return true, nil }
