package jsongen

import (
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// subject returns what messages call a value of the struct.
func subject(s *model.Struct) string {
	words := strings.ToLower(strings.Join(wordsOf(s.Name.Name), " "))
	if s.Name.Package == adapter || strings.EqualFold(s.Name.Package, s.Name.Name) {
		return words
	}
	return s.Name.Package + " " + words
}

func wordsOf(identifier string) []string { return name.Words(identifier, english.English{}) }

// describe returns what messages call a value of a type that is not a struct.
func describe(t *model.Type) string {
	if t.Name != nil {
		return strings.Join(wordsOf(t.Name.Name), " ")
	}
	switch t.Kind {
	case model.Slice:
		return "list"
	case model.Listing:
		return "page of a list"
	case model.Pointer:
		return "value or null"
	default:
		return string(t.Kind)
	}
}

// comment returns a text as a comment.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		b.WriteString(strings.TrimRight("// "+line, " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
