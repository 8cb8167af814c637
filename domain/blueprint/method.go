package blueprint

import (
	"fmt"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/name"
)

// Method is a method of a port of the owner's. Besides what it says here it takes a
// context and returns an error.
type Method struct {
	Name   name.Name
	Params []Field
	Result *Type // nil for none
}

// methodForm matches Charge(amount:int64 card:string) string.
var methodForm = regexp.MustCompile(`^\s*([^()\s]+)\s*\(([^()]*)\)\s*(\S*)\s*$`)

// ParseMethod parses a method as written on a command line, such as
//
//	Charge(amount:int64 card:string) string
//
// The error is one line.
func ParseMethod(text string, l name.Language) (Method, error) {
	parts := methodForm.FindStringSubmatch(text)
	if parts == nil {
		return Method{}, fmt.Errorf("method %+.60q: write it as 'Charge(amount:int64 card:string) string', with at most one result; "+
			"every method takes a context and returns an error besides", text)
	}
	n, err := name.Parse(parts[1], l)
	if err != nil {
		return Method{}, fmt.Errorf("method %w", err)
	}
	m := Method{Name: n}
	if n.Pascal() == "Ping" {
		return m, fmt.Errorf("method Ping: each adapter has one of its own, for the readiness check; choose another name")
	}
	for _, word := range strings.Fields(parts[2]) {
		if err := m.addParam(word, l); err != nil {
			return m, fmt.Errorf("method %s: %w", n.Pascal(), err)
		}
	}
	if parts[3] != "" {
		if named, typ, ok := strings.Cut(parts[3], ":"); ok && named != "enum" {
			return m, fmt.Errorf("method %s: a result has no name; write %+.40q alone", n.Pascal(), typ)
		}
		result, err := portType(parts[3])
		if err != nil {
			return m, fmt.Errorf("method %s: result: %w", n.Pascal(), err)
		}
		m.Result = &result
	}
	return m, nil
}

// addParam adds a parameter, such as amount:int64.
func (m *Method) addParam(text string, l name.Language) error {
	written, typ, ok := strings.Cut(text, ":")
	if !ok {
		return fmt.Errorf("parameter %+.60q has no type; write it as name:type, such as amount:int64", text)
	}
	n, err := name.Parse(written, l)
	if err != nil {
		return fmt.Errorf("parameter %w", err)
	}
	t, err := portType(typ)
	switch camel := n.Camel(); {
	case err != nil:
		return fmt.Errorf("parameter %s: %w", camel, err)
	case token.IsKeyword(camel):
		return fmt.Errorf("parameter %s: it is a Go keyword; choose another name", camel)
	case types.Universe.Lookup(camel) != nil:
		return fmt.Errorf("parameter %s: it is predeclared in Go; choose another name", camel)
	case camel == "ctx":
		return fmt.Errorf("parameter ctx: every method takes a context first; leave it out")
	case slices.ContainsFunc(m.Params, func(p Field) bool { return p.Name.Camel() == camel }):
		return fmt.Errorf("there are two parameters %s; rename one", camel)
	}
	m.Params = append(m.Params, Field{Name: n, Type: t})
	return nil
}

// portType parses a type of a parameter or a result.
func portType(text string) (Type, error) {
	if text == "enum" || strings.HasPrefix(text, "enum:") {
		return Type{}, fmt.Errorf("an enum is a type of the domain; write string here, and put the type into the port's file afterwards")
	}
	return ParseType(text)
}

// ParseMethods parses the methods of a port.
func ParseMethods(texts []string, l name.Language) ([]Method, error) {
	var methods []Method
	for _, text := range texts {
		m, err := ParseMethod(text, l)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(methods, func(other Method) bool { return other.Name.Pascal() == m.Name.Pascal() }) {
			return nil, fmt.Errorf("there are two methods %s; rename one", m.Name.Pascal())
		}
		methods = append(methods, m)
	}
	return methods, nil
}
