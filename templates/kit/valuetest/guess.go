package valuetest

import (
	"math/rand/v2"
	"strings"
)

// Guess is where guesses come from. They are the same each time.
type Guess struct {
	N      int // the guesses before this one
	random *rand.Rand
}

// forms are texts as types read them: ? stands for any digit, ^ and ~ for any letter. A number
// with a checksum is as it is.
var forms = []string{
	"?", "??", "???", "?????", "?.??", "??.??", "-?.?", "?.?? EUR", "EUR ?.??", "??%", "+49 30 ???????", "+4930???????",
	"EUR", "USD", "^^^", "^^", "de", "en", "de-DE", "Europe/Berlin", "UTC", "~~~~~", "^~~~~ ^~~~~", "~~~-~~~", "^^-????", "^??", "????-??-??^",
	"2026-01-1?", "15:2?", "15:04:2?", "2026-01-1?T15:04:05Z", "2026-01-1? 15:04", "2026-1", "2026-W1?", "1m1?s", "P1D",
	"192.0.2.?", "192.0.2.?/32", "192.0.2.1:8?", "2001:db8::?", "00:00:5e:00:53:0?", "~~~~@example.com", "https://example.com/~~~", "/~~~/~~~", "#??aa??",
	"0198c0f2-7d6e-7a3b-8c4d-5e6f7081????", "DE89370400440532013000", "978-3-16-148410-0", "4111111111111111", "1.?.?", "v1.?.?", "true", "false", "active", "draft",
}

// Text guesses a text.
func Text[T ~string](g *Guess) T { return T(strings.Map(g.letter, forms[g.random.IntN(len(forms))])) }

// letter guesses what a form has in place of a letter.
func (g *Guess) letter(r rune) rune {
	switch r {
	case '?':
		return '0' + g.random.Int32N(10)
	case '^':
		return 'A' + g.random.Int32N(26)
	case '~':
		return 'a' + g.random.Int32N(26)
	}
	return r
}

// Number guesses a number: most are small, and some are not.
func Number[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64](g *Guess) T {
	n := g.random.Int64N([]int64{3, 13, 60, 100, 2100, 1 << 31}[g.random.IntN(6)])
	v := T(n)
	if g.random.IntN(8) == 0 && v > 0 {
		return -v // of an unsigned type, one of the greatest
	}
	return v
}
