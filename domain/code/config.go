package code

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// Entry is a key, or an item of a list, in a file.
type Entry struct {
	Path         string // of a key, or that of the list; a list in between is left out
	Value        string // where it is a single one
	Item         bool
	Line, Column int
}

// SyntaxError is why a file has no entries.
type SyntaxError struct {
	Line int // 0 where it is not known
	Text string
}

// Error returns the text.
func (e SyntaxError) Error() string { return e.Text }

// Configuration returns what is wrong with a file of configuration: secrets, and keys
// that there are not, are there twice, or are missing. The names of variables begin
// with the prefix, such as SHOP.
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
	lines  map[string]int // of the keys and sections that are there
	meant  []string       // what others were probably meant to be
	found  []finding.Finding
}

// strange reports keys that there are not, and notes where the others are.
func (c *configuration) strange(entries []Entry) {
	unknown := ""
	for _, e := range entries {
		if e.Item || unknown != "" && strings.HasPrefix(e.Path, unknown+".") {
			continue // what is below a key that is not known is no better
		}
		unknown = ""
		first, twice := c.lines[e.Path]
		switch {
		case !c.knows(e.Path):
			unknown = e.Path
			suggestion := blueprint.Suggest(e.Path, c.names())
			c.meant = append(c.meant, suggestion)
			c.report(e.Line, e.Column, "config-unknown", fmt.Sprintf("there is no key %s%s", e.Path, suggestion),
				"correct it, or add a field for it to Config in config.go")
		case twice:
			c.report(e.Line, e.Column, "config-twice", fmt.Sprintf("%s is set twice, first on line %d", e.Path, first), "remove one of them")
		default:
			c.lines[e.Path] = e.Line
		}
	}
}

// knows reports whether there is a key of the path.
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

// absent reports what is missing, at the section that it should be in: a section
// that is missing as a whole once, and what was misspelt not at all.
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
			"add it with its default: the file is built into the program, and a key that is missing from it is zero")
	}
}

// has reports whether a key is there, be it misspelt or as the path of a file.
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
