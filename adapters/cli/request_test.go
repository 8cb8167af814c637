package cli

import (
	"strconv"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// FuzzWith shows that adapters are either chosen as written, or refused in short lines
// of printable characters.
func FuzzWith(f *testing.F) {
	for _, text := range []string{"store=sqlite,postgres", "bus=channels", "", "=", "store=", "store=,", "store=sqlite,,", "stor=a", "store=\x1b[31m", "\u202e=a", "store==sqlite"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		use := Use{Language: english.English{}}
		b, err := request{dir: "shop", module: "example.com/shop", with: []string{text}}.describe(use)
		errs := append(b.Validate(), err)
		refused := false
		for _, err := range errs {
			if err == nil {
				continue
			}
			refused = true
			if told := err.Error(); len(told) > 400 || strings.ContainsFunc(told, func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Errorf("%q is refused with %.500q", text, told)
			}
		}
		if refused {
			return
		}
		port, _, _ := strings.Cut(text, "=")
		if again := port + "=" + strings.Join(b.Adapters[port], ","); again != text {
			t.Errorf("%q was taken for %q", text, again)
		}
	})
}

// FuzzShown shows that shown returns printable text, and leaves printable text
// unchanged.
func FuzzShown(f *testing.F) {
	for _, text := range []string{"order", "a\x1b[31mb", "\u202e\u200b", "\xff", "\ufffd", "a\nb", "a\tb", "\"'\\", strings.Repeat("a\n", 100)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := shown(text)
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !strconv.IsPrint(r) }); i >= 0 {
			t.Errorf("%q is shown as %q", text, got)
		}
		if again := shown(got); again != got {
			t.Errorf("%q is shown as %q, which is shown as %q", text, got, again)
		}
		if lines := strings.Split(indented(text), "\n"); len(lines) > mostLines+1 || len(lines[0]) > 4*longestLine+3 {
			t.Errorf("%d lines, the first of %d bytes", len(lines), len(lines[0]))
		}
	})
}

// TestQuoted shows that words are quoted as a shell requires.
func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{
		"shop": "shop", "a/b": "a/b", "two words": "'two words'", "~": "'~'", "~/shop": "'~/shop'", "-x": "./-x", "o'clock": `'o'\''clock'`,
		"$(id)": "'$(id)'", "store=sqlite,postgres": "store=sqlite,postgres", "": "''", "a;b": "'a;b'", "été": "'été'",
	} {
		if got := quoted(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
	}
}

// TestSuggestionsOfPorts shows that a misspelled port is found.
func TestSuggestionsOfPorts(t *testing.T) {
	for _, port := range blueprint.Catalogue {
		err := choose(&blueprint.Blueprint{}, []string{port.Name + "s=x"})
		if err == nil || !strings.Contains(err.Error(), `(did you mean "`+port.Name+`"?)`) {
			t.Errorf("%v", err)
		}
	}
}
