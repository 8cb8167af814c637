package merge_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/domain/merge"
)

func TestLines(t *testing.T) {
	for name, tt := range map[string]struct{ base, mine, after, want string }{
		"nothing is edited":                      {"a b c", "a b c", "a x b c", "a x b c"},
		"an edit elsewhere":                      {"a b c d", "a b c mine d", "a x b c d", "a x b c mine d"},
		"both at one place":                      {"a b", "a mine b", "a x b", "a x mine b"},
		"what it follows was edited":             {"a b c", "a B c", "a b x c", "a B x c"},
		"at the beginning":                       {"a b", "mine a b", "x a b", "mine x a b"},
		"at the end":                             {"a b", "a b mine", "a b x", "a b x mine"},
		"what is at the beginning was edited":    {"a b", "A b", "x a b", "A b | : x"},
		"what is at the end was edited":          {"a b", "a B", "a b x", "a B | b: x"},
		"a line goes":                            {"a b c", "a b c mine", "a c", "a c mine"},
		"a line is another":                      {"a b c", "mine a b c", "a x c", "mine a x c"},
		"it was taken over by hand":              {"a b", "a x b", "a x b", "a x b"},
		"it was written there by hand":           {"a b c d", "a B x C d", "a b x c d", "a B x C d"},
		"what it follows and precedes is edited": {"a b c d", "a B C d", "a b x c d", "a B C d | b: x"},
		"a line that goes was edited":            {"a b c", "a B c", "a c", "a B c | a: "},
	} {
		t.Run(name, func(t *testing.T) {
			got, gaps := merge.Lines(text(tt.base), text(tt.mine), text(tt.after))
			said := strings.Join(strings.Fields(got), " ")
			for _, g := range gaps {
				said += " | " + g.Before + ": " + strings.Join(g.Lines, " ")
			}
			if said != tt.want {
				t.Errorf("got %s, want %s", said, tt.want)
			}
		})
	}
}

// TestProse tests that lines come behind the text that they followed, and nowhere else.
func TestProse(t *testing.T) {
	const base, after = "a\n\nb\n\nc\n", "a\n\nb\n\nx\n\nc\n"
	for name, tt := range map[string]struct{ base, mine, after, want string }{
		"nothing is edited":         {base, base, after, after},
		"an edit elsewhere":         {base, "mine\n\n" + base + "\nmine\n", after, "mine\n\n" + after + "\nmine\n"},
		"more behind it":            {base, "a\n\nb\n\nmine\n\nc\n", after, "a\n\nb\n\nx\n\nmine\n\nc\n"},
		"more right behind it":      {base, "a\n\nb\nmine\n\nc\n", after, "a\n\nb\nmine\n\nc\n"},
		"what it follows is edited": {base, "a\n\nB\n\nc\n", after, "a\n\nB\n\nc\n"},
		"what it follows was last":  {base, "a\n\nb\n", after, "a\n\nb\n"},
		"all of it is another":      {base, "A\n\nB\n\nC\n", after, "A\n\nB\n\nC\n"},
		"it was taken over by hand": {base, "a\n\nB\n\nx\n\nc\n", after, "a\n\nB\n\nx\n\nc\n"},
		"a line is another":         {"a\nb\n", "mine\na\nb\n", "a\nx\n", "mine\na\nx\n"},
		"a line that goes was edited": {
			"a\nb\n", "a\nB\n", "a\nx\n", "a\nB\n",
		},
		"one of two has a place": {"a\nb\n", "A\nb\n", "x\nb\ny\n", "A\nb\ny\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := merge.Prose(tt.base, tt.mine, tt.after); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// text returns a text with one word on each line.
func text(words string) string { return strings.ReplaceAll(words, " ", "\n") + "\n" }

func TestLinesKeepsSpacing(t *testing.T) {
	got, gaps := merge.Lines("A int\nB  int\n", "A   int // mine\nB   int\n", "A    int\nB    int\nLong int\n")
	if want := "A   int // mine\nB   int\nLong int\n"; got != want || gaps != nil {
		t.Errorf("got %q, %v, want %q", got, gaps, want)
	}
}

// TestNoLineIsLost adds lines to a text, and others by hand: afterwards all are present
// in order, or reported as gaps.
func TestNoLineIsLost(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "}", "{"}), 0, 12)
		base := words.Draw(r, "base")
		added := func(mark string) []string {
			out := slices.Clone(base)
			for i := range rapid.IntRange(0, 4).Draw(r, mark) {
				out = slices.Insert(out, rapid.IntRange(0, len(out)).Draw(r, "at"), mark+strings.Repeat("'", i))
			}
			return out
		}
		mine, after := added("mine"), added("after")
		join := func(lines []string) string {
			return strings.Join(lines, "\n") + "\n"
		}
		got, gaps := merge.Lines(join(base), join(mine), join(after))
		lines := strings.Fields(got)
		for _, g := range gaps {
			lines = append(lines, g.Lines...)
		}
		want := append(slices.Clone(mine), after...)
		for _, b := range base {
			i := slices.Index(want, b)
			want = slices.Delete(want, i, i+1)
		}
		slices.Sort(lines)
		slices.Sort(want)
		if !slices.Equal(lines, want) {
			r.Errorf("%v, %v and %v gave %v", base, mine, after, lines)
		}
	})
}
