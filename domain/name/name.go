// Package name turns the name of a service or a field into every form that code
// needs of it.
package name

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Language knows words.
type Language interface {
	// Plural returns the plural of a word in the singular, in lower case.
	Plural(word string) string
	// Initialism reports whether Go writes the word in capitals, as in UserID.
	Initialism(word string) bool
}

// Name is a name as a sequence of words. However it was written, order_item,
// orderItem, OrderItem or order-item, it is the same name.
type Name struct {
	words    []string // in lower case; at least one
	language Language
}

// longest is how many characters a name may have: what is made of it must fit
// into Postgres's 63.
const longest = 40

var errEmpty = errors.New("a name is missing")

// Parse reads a name; the error says what is wrong with it in one line.
func Parse(text string, l Language) (Name, error) {
	if err := Check(text); err != nil {
		return Name{}, err
	}
	n := Name{words: settle(Words(text, l), l), language: l}
	if len(n.Snake()) > longest { // how it is written down, and read again
		return Name{}, fmt.Errorf("%+.20q… is too long: with _ between its words, a name has %d characters at most", text, longest)
	}
	return n, nil
}

// Check says in one line what keeps the text from being a name.
func Check(text string) error {
	if text == "" {
		return errEmpty
	}
	if len(text) > longest {
		return fmt.Errorf("%+.20q… is too long: a name has %d characters at most", text, longest)
	}
	for i, r := range text {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case i > 0 && ('0' <= r && r <= '9' || r == '_' || r == '-'):
		default:
			return fmt.Errorf("%+q is no name: use letters (a-z), digits, _ and -, beginning with a letter", text)
		}
	}
	return nil
}

// settle returns the words as they are read back from the Go identifier that is
// made of them, which is all that there is once there is code: x_y is XY in Go,
// and that is the word xy.
func settle(words []string, l Language) []string {
	for {
		again := Words(pascal(words, l), l)
		if slices.Equal(again, words) {
			return words
		}
		words = again
	}
}

// Words returns the words of an identifier in lower case: HTTPServer is http and
// server, userHTTPURL is user, http and url, utf8Name is utf8 and name.
// Digits belong to the word before them: address_2 is address2.
func Words(identifier string, l Language) []string {
	var words []string
	runes := []rune(identifier)
	begin := 0
	end := func(i int) {
		if i > begin {
			found := divide(string(runes[begin:i]), l)
			if last := len(words) - 1; last >= 0 && unicode.IsDigit(runes[begin]) {
				words[last] += found[0]
				found = found[1:]
			}
			words = append(words, found...)
		}
		begin = i
	}
	for i, r := range runes {
		switch {
		case r == '_' || r == '-':
			end(i)
			begin = i + 1
		case i > begin && unicode.IsUpper(r) && beginsWord(runes, i):
			end(i)
		}
	}
	end(len(runes))
	return words
}

// beginsWord reports whether the capital at i begins a word: it follows a small
// letter or digit, or is the last of several and before a small letter, as the S
// of HTTPServer.
func beginsWord(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i-1]) {
		return true
	}
	return i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

// divide divides a run of capitals, such as HTTPURL, into the initialisms that
// it is made of; another word is one, also if part of it is one, as in VIP.
func divide(word string, l Language) []string {
	lower := strings.ToLower(word)
	if word != strings.ToUpper(word) || l.Initialism(lower) {
		return []string{lower}
	}
	if parts := initialisms(lower, l); parts != nil {
		return parts
	}
	return []string{lower}
}

// initialisms returns the initialisms that the word is made of, the longest
// first; nil if it is not made of them.
func initialisms(word string, l Language) []string {
	if word == "" {
		return []string{}
	}
	for i := len(word); i > 1; i-- {
		if !l.Initialism(word[:i]) {
			continue
		}
		if rest := initialisms(word[i:], l); rest != nil {
			return append([]string{word[:i]}, rest...)
		}
	}
	return nil
}

// SnakeOf returns an identifier as words joined by _.
func SnakeOf(identifier string, l Language) string { return strings.Join(Words(identifier, l), "_") }

// KebabOf returns an identifier as words joined by -.
func KebabOf(identifier string, l Language) string { return strings.Join(Words(identifier, l), "-") }

// Respell returns the name that the text is, in the language of n.
func (n Name) Respell(text string) (Name, error) { return Parse(text, n.language) }

// Plural returns the name with its last word in the plural.
func (n Name) Plural() Name {
	words := slices.Clone(n.words)
	last := len(words) - 1
	words[last] = n.language.Plural(words[last])
	return Name{words: words, language: n.language}
}

// Pascal returns the name of a Go type: OrderItem, UserID.
func (n Name) Pascal() string { return pascal(n.words, n.language) }

func pascal(words []string, l Language) string {
	var b strings.Builder
	for _, w := range words {
		if l.Initialism(w) {
			b.WriteString(strings.ToUpper(w))
		} else {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}

// Camel returns the name of a Go variable: orderItem, userID, httpServer.
func (n Name) Camel() string { return n.words[0] + pascal(n.words[1:], n.language) }

// Snake returns order_item.
func (n Name) Snake() string { return strings.Join(n.words, "_") }

// Kebab returns order-item.
func (n Name) Kebab() string { return strings.Join(n.words, "-") }

// Package returns the name of a Go package: orderitem.
func (n Name) Package() string { return strings.Join(n.words, "") }

// Human returns the name as one says it: order item.
func (n Name) Human() string { return strings.Join(n.words, " ") }

// String returns the name as it is written in a blueprint: order_item.
func (n Name) String() string { return n.Snake() }

// Equal reports whether both are the same name.
func (n Name) Equal(other Name) bool { return n.Snake() == other.Snake() }

// IsZero reports whether n is no name.
func (n Name) IsZero() bool { return len(n.words) == 0 }
