package gosource

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
)

// directive is the prefix of comments above a port that are directives.
const directive = "//outgrow:"

// httpDirective is the directive that serves a port over HTTP at a path.
const httpDirective = directive + "http"

// What is said of a directive that nothing follows.
const (
	noEffect   = "this directive has no effect here"
	aboveAPort = "put it into the comment above an interface in package ports, without an empty line in between"
)

// pathForm matches the paths at which ports can be served.
var pathForm = regexp.MustCompile(`^(?:/[a-z0-9]+(?:[-_][a-z0-9]+)*)+$`)

// nearly matches a comment that was meant to be a directive.
var nearly = regexp.MustCompile(`^//\s+outgrow:`)

// strayDirectives reports directives that have no effect where they are.
func (m *mapper) strayDirectives() {
	for importPath, s := range m.packages {
		if !code.Within(importPath, m.portsPath()) && !strings.HasPrefix(importPath, m.domainPath()+"/") {
			continue
		}
		for _, f := range s.files {
			for _, group := range f.Comments {
				for _, c := range group.List {
					m.strayDirective(c)
				}
			}
		}
	}
}

func (m *mapper) strayDirective(c *ast.Comment) {
	switch {
	case nearly.MatchString(c.Text):
		m.problems.Add(m.position(c.Pos()), "a directive must not have a space after //", "write "+httpDirective+" /path")
	case c.Text == tableDirective && !m.followed[c.Pos()]:
		m.problems.Add(m.position(c.Pos()), noEffect, aboveAList)
	case strings.HasPrefix(c.Text, directive) && !m.followed[c.Pos()]:
		m.problems.Add(m.position(c.Pos()), noEffect, aboveAPort)
	}
}

// servedAt returns the path of the directive above the port that is declared at pos, or
// "". It reports invalid directives.
func (m *mapper) servedAt(pos token.Pos) string {
	doc := m.docs[pos]
	if doc == nil {
		return ""
	}
	served := ""
	for _, c := range doc.List {
		if !strings.HasPrefix(c.Text, directive) {
			continue
		}
		m.followed[c.Pos()] = true
		name, path, _ := strings.Cut(c.Text, " ")
		path = strings.TrimSpace(path)
		switch {
		case name != httpDirective:
			m.problems.Add(m.position(c.Pos()), "unknown directive "+name, "write "+httpDirective+" /path, or remove it")
		case served != "":
			m.problems.Add(m.position(c.Pos()), "the port has two directives "+httpDirective, "remove one of them")
		case !pathForm.MatchString(path):
			m.problems.Add(m.position(c.Pos()), httpDirective+" has no valid path", "write a path in lower case, such as "+httpDirective+" /orders")
		default:
			served = path
		}
	}
	return served
}
