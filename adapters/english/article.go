package english

import "strings"

// Article returns the indefinite article for words as written in a sentence. It depends on
// the sound: an hour, a user, an HTTP server, a URL.
func Article(words string) string {
	word, _, _ := strings.Cut(words, " ")
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
