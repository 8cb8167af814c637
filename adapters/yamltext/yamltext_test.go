package yamltext_test

import (
	"strings"
	"testing"

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
		t.Error("a key that there is not was taken out")
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
		t.Error("what is no YAML was merged")
	}
}
