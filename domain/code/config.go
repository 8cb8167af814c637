package code

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// Entry is a key, or an item of a list, in a YAML file.
type Entry struct {
	Path         string // of the key or list; indexes of lists are left out
	Value        string // if it is a scalar
	Item         bool
	Line, Column int
}

// SyntaxError is the error if a file cannot be parsed.
type SyntaxError struct {
	Line int // 0 if not known
	Text string
}

// Error returns the text.
func (e SyntaxError) Error() string { return e.Text }

// Configuration returns the problems in a configuration file: secrets, and unknown,
// duplicate and missing keys. The names of environment variables begin with the prefix,
// such as SHOP.
func (p *Project) Configuration(file, prefix string, entries []Entry) []finding.Finding {
	c := configuration{file: file, prefix: prefix, keys: p.Keys, lines: map[string]int{"": 1}}
	c.secrets(entries)
	if len(p.Keys) > 0 {
		c.strange(entries)
		c.absent()
	}
	return c.found
}

type configuration struct {
	file   string
	prefix string
	keys   []Key
	lines  map[string]int // of the keys and sections in the file
	meant  []string       // suggestions for the unknown keys
	found  []finding.Finding
}

// strange reports unknown and duplicate keys, and records the lines of the others.
func (c *configuration) strange(entries []Entry) {
	unknown := ""
	for _, e := range entries {
		if e.Item || unknown != "" && strings.HasPrefix(e.Path, unknown+".") {
			continue // it is below an unknown key, which was reported
		}
		unknown = ""
		first, twice := c.lines[e.Path]
		switch {
		case !c.knows(e.Path):
			unknown = e.Path
			suggestion := blueprint.Suggest(e.Path, c.names())
			c.meant = append(c.meant, suggestion)
			c.report(e.Line, e.Column, "config-unknown", fmt.Sprintf("unknown key %s%s", e.Path, suggestion),
				"fix it, or add a field for it to Config in config.go")
		case twice:
			c.report(e.Line, e.Column, "config-twice", fmt.Sprintf("%s is set twice, first on line %d", e.Path, first), "remove one of them")
		default:
			c.lines[e.Path] = e.Line
		}
	}
}

// knows reports whether the path is a known key.
func (c *configuration) knows(path string) bool {
	for _, k := range c.keys {
		if k.Path == path || k.Open && strings.HasPrefix(path, k.Path+".") {
			return true
		}
	}
	return false
}

func (c *configuration) names() []string {
	names := make([]string, len(c.keys))
	for i, k := range c.keys {
		names[i] = k.Path
	}
	return names
}

// absent reports missing keys at the section that they belong in. A missing section is
// reported once, and a misspelled key is not reported again.
func (c *configuration) absent() {
	gone := ""
	for _, k := range c.keys {
		if k.Other || c.has(k) || gone != "" && strings.HasPrefix(k.Path, gone+".") {
			continue
		}
		what := "key"
		if k.Section {
			gone, what = k.Path, "section"
		}
		c.report(c.lines[parent(k.Path)], 0, "config-missing", fmt.Sprintf("the %s %s is missing", what, k.Path),
			"add it with its default value: the program embeds this file, and a key that it lacks is zero")
	}
}

// has reports whether the file has a key, even if misspelled, or its _file alternative.
func (c *configuration) has(k Key) bool {
	_, there := c.lines[k.Path]
	_, inFile := c.lines[k.Path+"_file"]
	return there || inFile || slices.ContainsFunc(c.meant, func(suggestion string) bool {
		return strings.Contains(suggestion, strconv.Quote(k.Path))
	})
}

func parent(path string) string { return path[:max(0, strings.LastIndexByte(path, '.'))] }

func (c *configuration) report(line, column int, rule, message, advice string) {
	c.found = append(c.found, finding.Finding{
		File: c.file, Line: line, Column: column, Rule: rule, Message: message, Advice: advice,
	})
}

// KeyName converts a Go name to a key, as kit/config does: ReadTimeout to read_timeout,
// and HTTPAddr to http_addr.
func KeyName(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		if i > 0 && unicode.IsUpper(r) {
			afterLower := !unicode.IsUpper(letters[i-1])
			beforeLower := i+1 < len(letters) && unicode.IsLower(letters[i+1])
			if afterLower || beforeLower {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
