package blueprint

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/domain/name"
)

// Section is a section of the configuration that is the owner's, with some of its keys.
type Section struct {
	Name name.Name
	Keys []Setting
}

// Setting is a key of a section.
type Setting struct {
	Name    name.Name
	Kind    string // string, bool, int64, float64, duration, list or secret
	Default string // as it is written
	Comment string // what it means; may be empty
}

// ParseSections parses keys, each written as orders.max_total=1000000, with what it means
// after " # ", and returns their sections. The default tells the type. The error is one line.
func ParseSections(texts []string, l name.Language) ([]Section, error) {
	var sections []Section
	for _, text := range texts {
		section, key, err := parseKey(text, l)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(sections, func(s Section) bool { return s.Name.Equal(section) })
		if i < 0 {
			i, sections = len(sections), append(sections, Section{Name: section})
		}
		if sections[i].has(key.Name) {
			return nil, fmt.Errorf("key %s.%s is given twice", section, key.Name)
		}
		sections[i].Keys = append(sections[i].Keys, key)
	}
	return sections, nil
}

func (s Section) has(key name.Name) bool {
	return slices.ContainsFunc(s.Keys, func(k Setting) bool { return k.Name.Equal(key) })
}

func parseKey(text string, l name.Language) (section name.Name, key Setting, err error) {
	path, rest, found := strings.Cut(text, "=")
	outer, inner, dotted := strings.Cut(path, ".")
	if !found || !dotted {
		return section, key, fmt.Errorf("key %+.60q: write it as section.name=default, such as orders.max_total=1000000", text)
	}
	if section, err = name.Parse(outer, l); err != nil {
		return section, key, fmt.Errorf("section %w", err)
	}
	if key.Name, err = name.Parse(inner, l); err != nil {
		return section, key, fmt.Errorf("key %w", err)
	}
	value, comment, _ := strings.Cut(rest, " # ")
	key.Default, key.Comment = strings.TrimSpace(value), strings.TrimSpace(comment)
	if strings.ContainsAny(rest, "\n\r\t") {
		return section, key, fmt.Errorf("key %s.%s: its default and comment are one line without tabs", section, key.Name)
	}
	key.Kind = key.kind()
	if key.Kind == "secret" && key.Default != "" {
		return section, key, fmt.Errorf("key %s.%s is a secret, by its name, and none belongs into a file that is committed; leave its default empty", section, key.Name)
	}
	return section, key, nil
}

var (
	secretName  = regexp.MustCompile(`(?:^|_)(?:password|secret|token)$`)
	wholeNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)$`)
	fraction    = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	list        = regexp.MustCompile(`^\[.*\]$`)
)

// kind returns the kind that the name and the default tell.
func (s Setting) kind() string {
	_, notInt := strconv.ParseInt(s.Default, 10, 64)
	_, notDuration := time.ParseDuration(s.Default)
	switch {
	case secretName.MatchString(s.Name.Snake()):
		return "secret"
	case s.Default == "true" || s.Default == "false":
		return "bool"
	case wholeNumber.MatchString(s.Default) && notInt == nil:
		return "int64"
	case fraction.MatchString(s.Default):
		return "float64"
	case notDuration == nil:
		return "duration"
	case list.MatchString(s.Default):
		return "list"
	}
	return "string"
}

// CheckSection returns an error of one line if the owner cannot have keys in the section.
func (b Blueprint) CheckSection(s name.Name) error {
	switch {
	case slices.Contains(Ports(), s.Snake()), slices.Contains(sections, s.Snake()), slices.Contains(b.ownNames(), s.Snake()):
		return fmt.Errorf("section %s: it is one of the kit or of a port; choose another name", s)
	}
	return nil
}
