package yamltext_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/yamltext"
	"github.com/outgrowkit/outgrow/domain/code"
)

func TestEntries(t *testing.T) {
	entries, err := yamltext.Entries([]byte("# text\na: 1\nb:\n  c: [x, y]\n  d: {e: 2}\nlist:\n  - name: one\n    f: z\nself: &s\n  again: *s\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprintf("%d:%d %s=%s %t", e.Line, e.Column, e.Path, e.Value, e.Item))
	}
	want := []string{
		"2:1 a=1 false", "3:1 b= false", "4:3 b.c= false", "4:7 b.c=x true", "4:10 b.c=y true", "5:3 b.d= false", "5:7 b.d.e=2 false",
		"6:1 list= false", "7:5 list.name=one false", "8:5 list.f=z false", "9:1 self= false", "10:3 self.again=s false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

func TestEntriesOfNoYAML(t *testing.T) {
	for text, line := range map[string]int{"a: 1\n\tb: 2\n": 2, "a: [\n": 2} {
		_, err := yamltext.Entries([]byte(text))
		var syntax code.SyntaxError
		if !errors.As(err, &syntax) || syntax.Line == 0 || syntax.Text == "" {
			t.Errorf("%q: %#v, want an error near line %d", text, err, line)
		}
	}
	for _, text := range []string{"", "# nothing\n", "just a text\n"} {
		if entries, err := yamltext.Entries([]byte(text)); err != nil || len(entries) > 0 {
			t.Errorf("%q: %v %v", text, entries, err)
		}
	}
}
