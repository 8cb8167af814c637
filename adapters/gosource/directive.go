package gosource

import (
	"go/token"
	"regexp"
	"strings"
)

// directive begins the comments above a port that are for the generator.
const directive = "//outgrow:"

// httpDirective is the directive that has a port served over HTTP at a path.
const httpDirective = directive + "http"

// pathForm is the form of the paths that ports are served at.
var pathForm = regexp.MustCompile(`^(?:/[a-z0-9]+(?:[-_][a-z0-9]+)*)+$`)

// servedAt returns the path of the directive above the port that is declared at pos; ""
// where there is none. It notes directives that cannot be followed.
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
		name, path, _ := strings.Cut(c.Text, " ")
		path = strings.TrimSpace(path)
		switch {
		case name != httpDirective:
			m.problems.Add(m.position(c.Pos()), "there is no directive "+name, "write "+httpDirective+" /path, or remove it")
		case served != "":
			m.problems.Add(m.position(c.Pos()), "the port has two directives "+httpDirective, "remove one of them")
		case !pathForm.MatchString(path):
			m.problems.Add(m.position(c.Pos()), httpDirective+" does not name a path", "write a path such as "+httpDirective+" /orders, in lower case")
		default:
			served = path
		}
	}
	return served
}
