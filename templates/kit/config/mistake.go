package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Mistake is one thing that is wrong with the configuration.
type Mistake struct {
	Where   string // such as config.yaml:12, SHOP_HTTP_ADDR or --http.addr
	Key     string // such as http.addr; "" if it is not about one key
	Value   string // as it was written, unless it is or may be secret
	Problem string // what is wrong, and what is allowed or was meant
}

// String returns two lines: what the mistake is about, and what is wrong.
func (m Mistake) String() string { return m.About() + "\n    " + m.Problem }

// About returns one line that says where the mistake is, and the key and value.
func (m Mistake) About() string {
	line := m.Where
	if m.Key != "" {
		line += ": " + m.Key
	}
	if m.Value != "" {
		line += " = " + m.Value
	}
	return line
}

// Mistakes is everything that is wrong with the configuration, as an error.
type Mistakes []Mistake

// Error returns all mistakes, two lines for each.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) about(path string) bool {
	return slices.ContainsFunc(m, func(other Mistake) bool { return other.Key == path })
}

func (r *reader) note(where, name, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{Where: where, Key: name, Problem: fmt.Sprintf(format, args...)})
}

// refuse notes what is wrong with a value.
func (r *reader) refuse(k *key, text, where string, problem error) {
	r.mistakes = append(r.mistakes, Mistake{where, k.path, k.shown(text), problem.Error()})
}

// shown returns a value of the key as it is shown in a line.
func (k *key) shown(text string) string {
	if k.kind == secretType {
		return kit.NewSecret(text).String()
	}
	return quoted(text)
}

// quoted returns a text as it is shown in a line: quoted if it would be hard to
// see otherwise, and cut if it is long.
func quoted(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	if text == "" || strings.TrimSpace(text) != text || strings.ContainsFunc(text, unreadable) {
		return strconv.Quote(text)
	}
	return text
}

func unreadable(r rune) bool { return !unicode.IsPrint(r) }

// OneOf reports the field unless its value is one of those allowed. It is meant
// for methods Check.
func OneOf(report func(field, problem string), field, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	problem := "must be " + allowed[0]
	if len(allowed) > 1 {
		problem = "must be one of " + strings.Join(allowed, ", ")
	}
	report(field, problem+DidYouMean(value, allowed))
}
