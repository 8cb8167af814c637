// Package api compares two versions of the OpenAPI document of a project, for those who
// call it.
package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Document is the derived document of a project.
const Document = "adapters/httpjson/openapi_gen.json"

// Change is a difference that clients may notice.
type Change struct {
	Route    string // such as "POST /orders"
	What     string // such as "is new"
	Breaking bool   // calls that were right may fail now, or be answered with less
}

// Breaking returns the changes that break clients.
func Breaking(all []Change) []Change {
	return slices.DeleteFunc(slices.Clone(all), func(c Change) bool { return !c.Breaking })
}

// Compare returns the differences between two versions of a document, sorted by route.
// Operations are the same if they have the same ID, wherever they are served, or another one
// at the same route.
func Compare(before, after []byte) ([]Change, error) {
	was, err := parse(before)
	if err != nil {
		return nil, err
	}
	is, err := parse(after)
	if err != nil {
		return nil, err
	}
	c, others := comparison{}, maps.Clone(is)
	for id, old := range was {
		o, ok := is[id]
		if !ok {
			if o, ok = at(old.route, is, was); ok {
				c.add(o.route, false, "is called %s, and was called %s", o.id, id)
			}
		}
		if !ok {
			c.add(old.route, true, "is gone")
			continue
		}
		c.operation(old, o)
		delete(others, o.id)
	}
	for _, o := range others {
		c.add(o.route, false, "is new")
	}
	slices.SortFunc(c.changes, func(a, b Change) int {
		return strings.Compare(a.Route+"\n"+a.What, b.Route+"\n"+b.What)
	})
	return c.changes, nil
}

// at returns the operation at a route, unless it is one that there was before elsewhere.
func at(route string, is, was map[string]operation) (operation, bool) {
	for id, o := range is {
		if _, known := was[id]; o.route == route && !known {
			return o, true
		}
	}
	return operation{}, false
}

// comparison collects changes.
type comparison struct{ changes []Change }

func (c *comparison) add(route string, breaking bool, format string, args ...any) {
	c.changes = append(c.changes, Change{route, fmt.Sprintf(format, args...), breaking})
}

// operation compares what is one operation in both versions.
func (c *comparison) operation(was, is operation) {
	if was.route != is.route {
		c.add(is.route, true, "was at %s", was.route)
	}
	if was.status != is.status {
		c.add(is.route, true, "answers %s instead of %s", is.status, was.status)
	}
	if is.secured && !was.secured {
		c.add(is.route, true, "needs a token")
	}
	for _, scope := range is.scopes {
		if !slices.Contains(was.scopes, scope) {
			c.add(is.route, true, "needs the scope %s", scope)
		}
	}
	if was.media != is.media && was.media != "" && is.media != "" {
		c.add(is.route, true, "answers with %s instead of %s", is.media, was.media)
	}
	c.sent(is.route, "parameter", was.parameters, is.parameters)
	c.sent(is.route, "member", was.body, is.body)
	c.answered(is.route, was.answer, is.answer)
}

// sent compares what clients send, by name.
func (c *comparison) sent(route, what string, was, is parts) {
	for name, p := range is {
		old, known := was[name]
		switch {
		case !known && !was.hasParent(name):
		case !known && p.required:
			c.add(route, true, "needs the new %s %s", what, name)
		case !known:
			c.add(route, false, "takes the new %s %s", what, name)
		case p.required && !old.required:
			c.add(route, true, "needs the %s %s, which could be left out", what, name)
		case p.kind != old.kind:
			c.add(route, true, "takes the %s %s as %s instead of %s", what, name, p.kind, old.kind)
		}
		for _, limit := range p.limits.narrower(old.limits) {
			if known && p.kind == old.kind {
				c.add(route, true, "takes the %s %s only with %s", what, name, limit)
			}
		}
		for _, value := range old.values {
			if len(p.values) > 0 && !slices.Contains(p.values, value) {
				c.add(route, true, "no longer takes %s as the %s %s", value, what, name)
			}
		}
	}
	for _, name := range gone(was, is) {
		c.add(route, true, "no longer takes the %s %s", what, name)
	}
}

// answered compares what clients get, by name.
func (c *comparison) answered(route string, was, is parts) {
	for name, p := range is {
		old, known := was[name]
		switch {
		case !known && was.hasParent(name):
			c.add(route, false, "answers with the new member %s", name)
		case known && p.kind != old.kind:
			c.add(route, true, "answers with %s as %s instead of %s", name, p.kind, old.kind)
		}
	}
	for _, name := range gone(was, is) {
		c.add(route, true, "no longer answers with the member %s", name)
	}
}

// gone returns the names of parts that there are no longer, without those within them.
func gone(was, is parts) []string {
	var names []string
	for name := range was {
		if _, ok := is[name]; !ok && is.hasParent(name) {
			names = append(names, name)
		}
	}
	return names
}

// parts are parameters, or members such as lines[].product, by name.
type parts map[string]part

type part struct {
	required bool
	kind     string   // such as "string, date-time"
	values   []string // of an enumeration
	limits   limits
}

// hasParent reports whether there is what the member with the name is in.
func (p parts) hasParent(name string) bool {
	end := strings.LastIndexByte(name, '.')
	if end < 0 {
		return true
	}
	_, ok := p[strings.TrimSuffix(name[:end], "[]")]
	return ok
}

// operation is an operation of a document.
type operation struct {
	id, route, status, media string // the type of the answer
	secured                  bool   // it needs a token
	scopes                   []string
	parameters, body, answer parts
}

// parse returns the operations of a document by ID.
func parse(data []byte) (map[string]operation, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", Document, err)
	}
	all := map[string]operation{}
	for path, verbs := range d.Paths {
		for verb, o := range verbs {
			all[o.ID] = d.operation(strings.ToUpper(verb)+" "+path, o)
		}
	}
	return all, nil
}

// operation returns an operation with what it refers to.
func (d *document) operation(route string, o described) operation {
	out := operation{id: o.ID, route: route, secured: len(o.Security) > 0, parameters: parts{}, body: parts{}, answer: parts{}}
	for _, scheme := range o.Security {
		for _, scopes := range scheme {
			out.scopes = append(out.scopes, scopes...)
		}
	}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[nameIn(p.Ref)]
		}
		if p.In == "path" { // the route has it
			continue
		}
		s := d.resolve(p.Schema)
		out.parameters[p.Name] = part{p.Required, s.kind(), s.Enum.texts(), s.limits}
	}
	d.members(o.Body.Content["application/json"].Schema, "", out.body)
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if status[0] == '2' {
			out.status = status
			for media, answer := range o.Responses[status].Content {
				out.media = media
				d.members(answer.Schema, "", out.answer)
			}
		}
	}
	return out
}
