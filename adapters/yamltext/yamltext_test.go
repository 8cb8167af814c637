package yamltext_test

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/outgrowkit/outgrow/adapters/yamltext"
)

const before = `# Every key.
store:
  adapter: sqlite  # which
  sqlite:
    path: a.db

bus:
  adapter: channels
`

const after = `# Every key.
store:
  adapter: sqlite  # which
  sqlite:
    path: a.db
  postgres:
    dsn: ""   # where

bus:
  adapter: channels
log:
  level: info
`

func TestWithout(t *testing.T) {
	got, err := yamltext.Without([]byte(after), "log", "store.postgres")
	if err != nil || string(got) != before {
		t.Errorf("%v:\n%s", err, got)
	}
	if _, err := yamltext.Without([]byte(after), "store.mysql"); err == nil {
		t.Error("a key that does not exist was removed")
	}
}

func TestMerge(t *testing.T) {
	tests := []struct{ name, mine, want string }{
		{"as it was", before, after},
		{
			"edited",
			"store:\n    # mine\n    adapter: sqlite\n\n    extra: |\n        text\n        more\nother: [a]\nbus:\n  adapter: x",
			"store:\n    # mine\n    adapter: sqlite\n\n    extra: |\n        text\n        more\n    postgres:\n      dsn: \"\"   # where\n" +
				"other: [a]\nbus:\n  adapter: x\nlog:\n  level: info\n",
		},
		{"there already", "store:\n  postgres: {dsn: mine}\nlog: {}\n", "store:\n  postgres: {dsn: mine}\nlog: {}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := yamltext.Merge([]byte(tt.mine), []byte(before), []byte(after))
			if err != nil || string(got) != tt.want {
				t.Errorf("%v:\n%s\nwant\n%s", err, got, tt.want)
			}
		})
	}
}

func TestMergeFindsNoPlace(t *testing.T) {
	for _, mine := range []string{"bus: {}\n", "store: {adapter: sqlite}\n", "store: sqlite\n", "store: {}\n"} {
		_, err := yamltext.Merge([]byte(mine), []byte(before), []byte(after))
		if err == nil || !strings.Contains(err.Error(), "store.postgres") {
			t.Errorf("%q: %v", mine, err)
		}
	}
	if _, err := yamltext.Merge([]byte("a: [\n"), []byte(before), []byte(after)); err == nil {
		t.Error("invalid YAML was merged")
	}
}

// FuzzMerge shows that a merged text is still YAML, has kept every line, and does not
// change when it is merged again.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(before), []byte(before), []byte(after))
	f.Add([]byte("store:\n    adapter: a\nmine: [1]"), []byte(before), []byte(after))
	f.Add([]byte("{store: {adapter: a}}"), []byte(before), []byte(after))
	f.Add([]byte("store: &s\n  a: 1\nbus: *s\n"), []byte("a: 1"), []byte("a: 1\nb: 2"))
	f.Add([]byte("a: |\n  text\n"), []byte("a: 1"), []byte("a: 1\nb:\n  c: 2\n"))
	f.Add([]byte("a:\r\n  b: 1\r\n"), []byte("a: {b: 1}"), []byte("a:\n  b: 1\n  c: 2"))
	f.Add([]byte("? a\n: b\n"), []byte("a: 1"), []byte("a: 1\n? b\n: c\n"))
	f.Add([]byte("a: 1\n---\nb: 2\n"), []byte("a: 1"), []byte("a: 1\nc: 3\n"))
	f.Fuzz(func(t *testing.T, mine, before, after []byte) {
		merged, err := yamltext.Merge(mine, before, after)
		if err != nil {
			return
		}
		var had, has map[string]any
		if yaml.Unmarshal(mine, &had) == nil && yaml.Unmarshal(merged, &has) != nil {
			t.Fatalf("%q became %q, which is not YAML", mine, merged)
		}
		for key := range had {
			if _, ok := has[key]; !ok {
				t.Errorf("%q became %q, without %q", mine, merged, key)
			}
		}
		rest := strings.Split(string(merged), "\n")
		for line := range strings.SplitSeq(strings.TrimRight(string(mine), "\n"), "\n") {
			i := slices.Index(rest, line)
			if i < 0 {
				t.Fatalf("%q became %q, without the line %q", mine, merged, line)
			}
			rest = rest[i+1:]
		}
		again, err := yamltext.Merge(merged, before, after)
		if err != nil || string(again) != string(merged) {
			t.Errorf("%q became %q, which became %q: %v", mine, merged, again, err)
		}
	})
}
