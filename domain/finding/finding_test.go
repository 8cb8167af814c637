package finding_test

import (
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/domain/finding"
)

func TestAt(t *testing.T) {
	for pos, want := range map[string]string{
		"a.go:3:8":  "a.go:3:8: what; do",
		"a.go:3":    "a.go:3: what; do",
		"a.go":      "a.go:1: what; do",
		"a:b.go:3":  "a:b.go:3: what; do",
		"a.go:0:-1": "a.go:0:-1:1: what; do", // all of it is a name
	} {
		if got := finding.At(pos, "rule", "what", "do").String(); got != want {
			t.Errorf("%s: %q, want %q", pos, got, want)
		}
	}
	if got := finding.At("a.go", "rule", "one:\n\ttwo\r\n", "").String(); got != "a.go:1: one: two" {
		t.Errorf("%q has several lines, or lacks words", got)
	}
}

func TestSorted(t *testing.T) {
	at := func(pos, message string) finding.Finding { return finding.At(pos, "rule", message, "") }
	found := finding.Sorted([]finding.Finding{
		at("b.go:1", "x"), at("a.go:10:1", "x"), at("a.go:9:12", "x"), at("a.go:9:2", "y"), at("a.go:9:2", "x"), at("b.go:1", "x"),
	})
	var got []string
	for _, f := range found {
		got = append(got, f.String())
	}
	want := []string{"a.go:9:2: x", "a.go:9:2: y", "a.go:9:12: x", "a.go:10:1: x", "b.go:1: x"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
