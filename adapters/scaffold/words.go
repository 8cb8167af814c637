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

// enumerate returns "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
