package httpserver

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// manual is what the page shows of an OpenAPI document.
type manual struct {
	Title, Version, Summary string
	Groups                  []*operationGroup
	Schemas                 []schemaEntry
}

// operationGroup holds the operations of one tag.
type operationGroup struct {
	Name, ID, Description string
	Operations            []operation
}

type operation struct {
	ID, Method, Path     string
	Summary, Description string
	Deprecated           bool
	Parameters           []parameterEntry
	Body                 *bodyEntry
	Responses            []responseEntry
	Curl                 curl
}

// Title returns what the operation does, in a few words where the document says so.
func (o operation) Title() string { return cmp.Or(o.Summary, o.Path) }

type parameterEntry struct {
	Name, In, Description string
	Required              bool
	Type                  schemaType
}

type bodyEntry struct {
	Description string
	Type        schemaType
	Example     []token
}

type responseEntry struct {
	Status, Title, Description string
	Class                      string // the first digit of the status, or "d" for default
	Media                      string
	Type                       schemaType
	Headers                    []parameterEntry
	Example                    []token
}

type schemaEntry struct {
	Name, ID, Description string
	Type                  schemaType // of one that is no object
	Properties            []propertyEntry
	Example               []token
}

type propertyEntry struct {
	Name, Description string
	Required          bool
	Type              schemaType
}

// manualReader reads a document into a manual.
type manualReader struct {
	document object
}

func newManual(document object) *manual {
	r := manualReader{document}
	info := document.object("info")
	m := &manual{
		Title:   info.text("title"),
		Version: info.text("version"),
		Summary: cmp.Or(info.text("description"), info.text("summary")),
	}
	groups := map[string]*operationGroup{}
	for _, tag := range document.objects("tags") {
		m.group(groups, tag.text("name")).Description = tag.text("description")
	}
	for _, path := range document.object("paths") {
		item, _ := path.value.(object)
		item, _ = item.resolve(document)
		for _, method := range item {
			if o, ok := method.value.(object); ok && isMethod(method.name) {
				g := m.group(groups, tagOfOperation(o, path.name))
				g.Operations = append(g.Operations, r.operation(method.name, path.name, item, o))
			}
		}
	}
	m.Groups = slices.DeleteFunc(m.Groups, func(g *operationGroup) bool { return len(g.Operations) == 0 })
	for _, s := range document.object("components").object("schemas") {
		if o, ok := s.value.(object); ok {
			m.Schemas = append(m.Schemas, r.schema(s.name, o))
		}
	}
	return m
}

func (m *manual) group(known map[string]*operationGroup, name string) *operationGroup {
	g := known[name]
	if g == nil {
		g = &operationGroup{Name: name, ID: "group-" + anchor(name)}
		known[name] = g
		m.Groups = append(m.Groups, g)
	}
	return g
}

func isMethod(name string) bool {
	switch name {
	case "get", "put", "post", "delete", "options", "head", "patch", "trace":
		return true
	}
	return false
}

func tagOfOperation(o object, path string) string {
	for _, tag := range o.list("tags") {
		if name, ok := tag.(string); ok {
			return name
		}
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// anchor makes a name fit for a fragment of a URL.
func anchor(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' || r == '{' || r == '}' {
			return '-'
		}
		return r
	}, name)
}

func (r manualReader) operation(method, path string, item, o object) operation {
	op := operation{
		ID:          "op-" + anchor(cmp.Or(o.text("operationId"), method+path)),
		Method:      strings.ToUpper(method),
		Path:        path,
		Summary:     o.text("summary"),
		Description: o.text("description"),
		Deprecated:  o.get("deprecated") == true,
	}
	for _, p := range append(item.objects("parameters"), o.objects("parameters")...) {
		op.Parameters = append(op.Parameters, r.parameter("", p))
	}
	if body, ok := o.get("requestBody").(object); ok {
		op.Body = r.body(body)
	}
	for _, response := range o.object("responses") {
		if answer, ok := response.value.(object); ok {
			op.Responses = append(op.Responses, r.response(response.name, answer))
		}
	}
	op.Curl = newCurl(op)
	return op
}

func (r manualReader) parameter(name string, p object) parameterEntry {
	p, _ = p.resolve(r.document)
	return parameterEntry{
		Name:        cmp.Or(p.text("name"), name),
		In:          p.text("in"),
		Description: p.text("description"),
		Required:    p.get("required") == true,
		Type:        r.typeOf(p.object("schema")),
	}
}

func (r manualReader) body(body object) *bodyEntry {
	body, _ = body.resolve(r.document)
	_, schema, example := r.content(body)
	return &bodyEntry{Description: body.text("description"), Type: r.typeOf(schema), Example: example}
}

// content returns the first kind of content: what it is, its schema, and an
// example of it.
func (r manualReader) content(of object) (media string, schema object, example []token) {
	kinds := of.object("content")
	if len(kinds) == 0 {
		return "", nil, nil
	}
	content, _ := kinds[0].value.(object)
	schema = content.object("schema")
	value := content.get("example")
	if value == nil {
		value = r.example(schema, nil)
	}
	return kinds[0].name, schema, tokensOf(value)
}

func (r manualReader) response(status string, answer object) responseEntry {
	answer, _ = answer.resolve(r.document)
	entry := responseEntry{Status: status, Class: status[:min(1, len(status))], Description: answer.text("description")}
	if len(status) == 3 {
		entry.Title = http.StatusText(int(status[0]-'0')*100 + int(status[1]-'0')*10 + int(status[2]-'0'))
	}
	for _, h := range answer.object("headers") {
		if header, ok := h.value.(object); ok {
			entry.Headers = append(entry.Headers, r.parameter(h.name, header))
		}
	}
	media, schema, example := r.content(answer)
	if media != "" {
		entry.Media, entry.Type = media, r.typeOf(schema)
	}
	if entry.Class == "2" {
		entry.Example = example
	}
	return entry
}

func (r manualReader) schema(name string, s object) schemaEntry {
	entry := schemaEntry{Name: name, ID: "schema-" + anchor(name), Description: s.text("description")}
	entry.Properties = r.properties(s, []string{name})
	if len(entry.Properties) == 0 {
		entry.Type = r.typeOf(s)
	}
	entry.Example = tokensOf(r.example(s, []string{name}))
	return entry
}

// properties returns the properties of an object, with those of its parts; not
// of a part that the object is itself a part of.
func (r manualReader) properties(s object, inside []string) []propertyEntry {
	var found []propertyEntry
	for _, part := range s.objects("allOf") {
		part, name := part.resolve(r.document)
		switch {
		case name == "":
			found = append(found, r.properties(part, inside)...)
		case !slices.Contains(inside, name):
			found = append(found, r.properties(part, append(slices.Clip(inside), name))...)
		}
	}
	required := s.list("required")
	for _, p := range s.object("properties") {
		property, ok := p.value.(object)
		if !ok {
			continue
		}
		found = append(found, propertyEntry{
			Name:        p.name,
			Description: property.text("description"),
			Required:    slices.Contains(required, any(p.name)),
			Type:        r.typeOf(property),
		})
	}
	return found
}
