package scaffold

import (
	"strings"

	"github.com/outgrowkit/outgrow/domain/name"
)

// human returns the name as written in a sentence: order item, API key.
func human(n name.Name) string {
	words, rest := strings.Split(n.Snake(), "_"), n.Pascal()
	for i, w := range words {
		inGo := rest[:len(w)]
		if len(w) > 1 && inGo == strings.ToUpper(w) {
			words[i] = inGo // an initialism
		}
		rest = rest[len(w):]
	}
	return strings.Join(words, " ")
}

// article returns the indefinite article for a result of human. It depends on the sound:
// an hour, a user, an HTTP server, a URL.
func article(human string) string {
	word, _, _ := strings.Cut(human, " ")
	if startsWithVowel(word) {
		return "an"
	}
	return "a"
}

func startsWithVowel(word string) bool {
	if len(word) == 1 || word == strings.ToUpper(word) { // letters are spelled out
		return strings.ContainsRune("AEFHILMNORSX", rune(strings.ToUpper(word)[0]))
	}
	if hasAnyPrefix(word, "hour", "honest", "honor", "honour", "heir", "unin", "unim") {
		return true
	}
	if hasAnyPrefix(word, "uni", "usa", "use", "usu", "uti", "eu", "ewe", "one", "once") {
		return false
	}
	return strings.ContainsRune("aeiou", rune(word[0]))
}

func hasAnyPrefix(word string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(word, p) {
			return true
		}
	}
	return false
}

// enumerate returns "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
