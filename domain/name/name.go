// Package name converts the name of a service or a field into all forms that code needs.
package name

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Language knows the words of a language.
type Language interface {
	// Plural returns the plural of a singular word in lower case.
	Plural(word string) string
	// Initialism reports whether Go writes the word in capitals, as in UserID.
	Initialism(word string) bool
}

// Name is a name as a sequence of words. order_item, orderItem, OrderItem and order-item
// are the same name.
type Name struct {
	words    []string // in lower case; at least one
	language Language
}

// longest is the maximum length of a name. Identifiers made from it must fit into the 63
// bytes that Postgres allows.
const longest = 40

var errEmpty = errors.New("name is missing")

// Parse parses a name. The error is one line.
func Parse(text string, l Language) (Name, error) {
	if err := Check(text); err != nil {
		return Name{}, err
	}
	n := Name{words: settle(Words(text, l), l), language: l}
	if len(n.Snake()) > longest { // the form in which it is recorded
		return Name{}, fmt.Errorf("%+.20q… is too long; with _ between its words, a name can have at most %d characters", text, longest)
	}
	return n, nil
}

// Check returns an error of one line if the text is not a name.
func Check(text string) error {
	if text == "" {
		return errEmpty
	}
	if len(text) > longest {
		return fmt.Errorf("%+.20q… is too long; a name can have at most %d characters", text, longest)
	}
	for i, r := range text {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case i > 0 && ('0' <= r && r <= '9' || r == '_' || r == '-'):
		default:
			return fmt.Errorf("%+q is not a valid name; use letters (a-z), digits, _ and -, beginning with a letter", text)
		}
	}
	return nil
}

// settle returns the words as they are read back from the Go identifier made of them,
// which is the only form in code: x_y becomes XY in Go, which is read as the word xy.
func settle(words []string, l Language) []string {
	for {
		again := Words(pascal(words, l), l)
		if slices.Equal(again, words) {
			return words
		}
		words = again
	}
}

// Words returns the words of an identifier in lower case: HTTPServer gives http and
// server, userHTTPURL gives user, http and url, and utf8Name gives utf8 and name.
// Digits belong to the word before them: address_2 gives address2.
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

// beginsWord reports whether the capital at i begins a word: it follows a lowercase
// letter or a digit, or is the last of several capitals and followed by a lowercase
// letter, like the S in HTTPServer.
func beginsWord(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i-1]) {
		return true
	}
	return i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

// divide splits a run of capitals, such as HTTPURL, into initialisms. Any other word
// stays whole, even if part of it is an initialism, as in VIP.
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

// initialisms splits the word into initialisms, preferring long ones. It returns nil if
// that is not possible.
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

// SnakeOf returns the words of an identifier joined by _.
func SnakeOf(identifier string, l Language) string { return strings.Join(Words(identifier, l), "_") }

// KebabOf returns the words of an identifier joined by -.
func KebabOf(identifier string, l Language) string { return strings.Join(Words(identifier, l), "-") }

// Respell parses the text as a name in the language of n.
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

// Human returns the name in plain English: order item.
func (n Name) Human() string { return strings.Join(n.words, " ") }

// String returns the name as written in a blueprint: order_item.
func (n Name) String() string { return n.Snake() }

// Equal reports whether both are the same name.
func (n Name) Equal(other Name) bool { return n.Snake() == other.Snake() }

// IsZero reports whether n is the zero Name.
func (n Name) IsZero() bool { return len(n.words) == 0 }
