package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/model"
)

// directive is the prefix of comments above a port or its methods that are directives.
const directive = "//outgrow:"

// httpDirective is the directive that serves a port over HTTP at a path. Above a method it
// says how that is served, or that it is not.
const httpDirective = directive + "http"

// scopeDirective is the directive that says which scopes callers need, above a port for all
// of its methods, or above one of them.
const scopeDirective = directive + "scope"

// What is said of a directive that nothing follows.
const (
	noEffect     = "this directive has no effect here"
	aboveAPort   = "put it into the comment above an interface in package ports, without an empty line in between"
	aboveAMethod = "put it above a method of an interface in package ports that has " + httpDirective + " /path, without an empty line in between"
)

// pathForm matches the paths at which ports can be served.
var pathForm = regexp.MustCompile(`^(?:/[a-z0-9]+(?:[-_][a-z0-9]+)*)+$`)

// routeForm matches the paths at which methods can be served.
var routeForm = regexp.MustCompile(`^(?:/(?:[a-z0-9]+(?:[-_][a-z0-9]+)*|\{[A-Za-z][A-Za-z0-9_]*\}))+$`)

// ofAMethod matches a directive that was meant for a method.
var ofAMethod = regexp.MustCompile(`^//outgrow:(?:http +(?:-$|[A-Z])|scope |limit )`)

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
		m.problems.Add(m.position(c.Pos()), "a directive must not have a space after //", "write "+httpDirective+" /path, or "+uniqueDirective)
	case strings.HasPrefix(c.Text, directive) && !m.followed[c.Pos()]:
		m.problems.Add(m.position(c.Pos()), noEffect, placeOf(c.Text))
	}
}

// placeOf says where a directive belongs.
func placeOf(text string) string {
	name, _, _ := strings.Cut(text, " ")
	switch {
	case name == uniqueDirective:
		return aboveAField
	case name == referenceDirective:
		return aboveAKey
	case name == tenantDirective:
		return aboveATenant
	case text == tableDirective, text == jsonDirective:
		return aboveAList
	case ofAMethod.MatchString(text):
		return aboveAMethod
	}
	return aboveAPort
}

// said is a directive.
type said struct {
	name string // "//outgrow:http"
	rest string // "/orders"
	pos  string
}

// directives returns the directives above the port or the method that is declared at pos.
func (m *mapper) directives(pos token.Pos) []said {
	doc := m.docs[pos]
	if doc == nil {
		return nil
	}
	var all []said
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, directive) {
			m.followed[c.Pos()] = true
			name, rest, _ := strings.Cut(c.Text, " ")
			all = append(all, said{name, strings.TrimSpace(rest), m.position(c.Pos())})
		}
	}
	return all
}

// servedAt returns the path of the directive above the port that is declared at pos, or
// "", and who may call it. It reports invalid directives.
func (m *mapper) servedAt(pos token.Pos) (served string, access *model.Access) {
	for _, d := range m.directives(pos) {
		switch {
		case d.name == scopeDirective:
			access = m.accessOf(d, access)
		case d.name != httpDirective:
			m.problems.Add(d.pos, "unknown directive "+d.name, "write "+httpDirective+" /path, or remove it")
		case served != "":
			m.problems.Add(d.pos, "the port has two directives "+httpDirective, "remove one of them")
		case !pathForm.MatchString(d.rest):
			m.problems.Add(d.pos, httpDirective+" has no valid path", "write a path in lower case, such as "+httpDirective+" /orders")
		default:
			served = d.rest
		}
	}
	if access != nil && served == "" {
		m.problems.Add(access.Pos, scopeDirective+" has no effect on a port that is not served over HTTP", "write "+httpDirective+" /path above it, or remove it")
	}
	return served, access
}

// publish sets how a method of a port is served, and who may call it, as far as the
// directives above it say so, and reports whether it is served at all. It reports invalid
// directives.
func (m *mapper) publish(method *model.Method, f *types.Func) (served bool) {
	served = true
	stated := false
	for _, d := range m.directives(f.Pos()) {
		switch {
		case d.name == scopeDirective:
			method.Access = m.accessOf(d, method.Access)
		case d.name == limitDirective:
			method.Limit = m.limitOf(d)
		case d.name != httpDirective:
			m.problems.Add(d.pos, "unknown directive "+d.name, "write "+httpDirective+" GET /path, or remove it")
		case stated:
			m.problems.Add(d.pos, f.Name()+" has two directives "+httpDirective, "remove one of them")
		case d.rest == "-":
			served = false
		default:
			method.HTTP = m.httpOf(d)
		}
		stated = stated || d.name == httpDirective
	}
	if !served && method.Access != nil {
		m.problems.Add(method.Access.Pos, f.Name()+" is kept from HTTP, where scopes are checked", "remove one of the directives")
	}
	return served
}

// scopeForm matches a scope (RFC 6749), but for characters that are seldom in one.
var scopeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:._/-]*$`)

// accessOf returns what a directive says of who may call, of which there must be no other.
func (m *mapper) accessOf(d said, other *model.Access) *model.Access {
	scopes := strings.Fields(d.rest)
	if d.rest == "-" {
		scopes = nil
	}
	wrong := slices.ContainsFunc(scopes, func(scope string) bool { return !scopeForm.MatchString(scope) })
	switch {
	case other != nil:
		m.problems.Add(d.pos, "there are two directives "+scopeDirective, "write all scopes behind one of them")
	case wrong || d.rest == "":
		m.problems.Add(d.pos, scopeDirective+" has no valid scopes", "write those that a caller needs, such as "+scopeDirective+" orders:write, or - if everybody may call")
	}
	return &model.Access{Scopes: scopes, Pos: d.pos}
}

// hasTwice reports whether a path has the same parameter twice.
func hasTwice(path string) bool {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part[0] == '{' && seen[part] {
			return true
		}
		seen[part] = true
	}
	return false
}

// verbs are those that a method can be served with.
var verbs = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// httpOf returns what a directive above a method says.
func (m *mapper) httpOf(d said) *model.HTTP {
	words := append(strings.Fields(d.rest), "", "")
	http := &model.HTTP{Verb: words[0], Path: words[1], Pos: d.pos}
	instead := "write a verb, a path and, if it is to be another one, the status, such as " + httpDirective + " POST /orders/{id}/pay 202, or " +
		httpDirective + " - to keep the method from HTTP"
	switch {
	case !slices.Contains(verbs, http.Verb):
		m.problems.Add(d.pos, httpDirective+" above a method begins with none of "+strings.Join(verbs, ", "), instead)
	case !routeForm.MatchString(http.Path):
		m.problems.Add(d.pos, httpDirective+" has no valid path", "write one in lower case, in which {name} is a parameter, such as /orders/{id}/pay")
	case hasTwice(http.Path):
		m.problems.Add(d.pos, "the path has a parameter twice", "name each only once")
	case len(words) > 5:
		m.problems.Add(d.pos, httpDirective+" has more than a verb, a path and a status", instead)
	case words[2] != "":
		status, err := strconv.Atoi(words[2])
		if err != nil {
			m.problems.Add(d.pos, words[2]+" is not a status", instead)
		}
		http.Status = status
	}
	return http
}
