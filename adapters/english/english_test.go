package english

import (
	"strings"
	"testing"
)

func TestPlural(t *testing.T) {
	for word, want := range map[string]string{
		"order": "orders", "category": "categories", "day": "days", "box": "boxes", "church": "churches", "class": "classes",
		"status": "statuses", "bus": "buses", "address": "addresses", "person": "people", "child": "children", "mouse": "mice",
		"man": "men", "analysis": "analyses", "index": "indices", "hero": "heroes", "leaf": "leaves", "quiz": "quizzes",
		"news": "news", "sheep": "sheep", "series": "series", "data": "data", "equipment": "equipment", "orders": "orders",
		"id": "ids", "url": "urls", "api": "apis", "utf8": "utf8s", "vm": "vms", "sql": "sqls",
	} {
		if got := (English{}).Plural(word); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}

// TestPluralIsAnIdentifier shows that plurals contain only characters of identifiers.
func TestPluralIsAnIdentifier(t *testing.T) {
	for word := range initialisms {
		plural := English{}.Plural(word)
		if plural == "" || plural != strings.ToLower(plural) {
			t.Errorf("%s: %q", word, plural)
		}
	}
}
