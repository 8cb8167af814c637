package plan_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/domain/plan"
)

func TestLineEnds(t *testing.T) {
	for _, c := range []struct{ text, lf string }{
		{"a\r\nb\r\n", "a\nb\n"}, {"a\nb\r", "a\nb\r"}, {"a\r\n\x00", "a\r\n\x00"}, {"", ""},
	} {
		if got := string(plan.LF([]byte(c.text))); got != c.lf {
			t.Errorf("%q became %q, want %q", c.text, got, c.lf)
		}
	}
	for _, c := range []struct{ text, other, want string }{
		{"a\nb\n", "x\r\ny\r\n", "a\r\nb\r\n"}, {"a\nb\n", "x\ny\r\n", "a\nb\n"}, {"a\r\nb\n", "\r\n", "a\r\nb\r\n"},
		{"a\n", "\n", "a\n"}, {"a\n", "", "a\n"}, {"\x00\n", "\r\n", "\x00\n"},
	} {
		if got := string(plan.LikeEnds([]byte(c.text), []byte(c.other))); got != c.want {
			t.Errorf("%q beside %q became %q, want %q", c.text, c.other, got, c.want)
		}
	}
}

// TestSeenWithLF shows that what is read has lines that end in LF, while what is
// remembered is the file as it is.
func TestSeenWithLF(t *testing.T) {
	var seen plan.Seen
	files := seen.Of(fstest.MapFS{"a": {Data: []byte("a\r\nb")}})
	if data, err := fs.ReadFile(files, "a"); err != nil || string(data) != "a\nb" {
		t.Errorf("%q %v", data, err)
	}
	if err := seen.Refuse("a", plan.Sum([]byte("a\r\nb"))); err != nil {
		t.Error(err)
	}
}
