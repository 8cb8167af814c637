// Package lock keeps the names under which fields are kept and sent. Once given,
// a name stays: the lock is committed with the project and only grows, so that
// neither rows nor messages of before are misread.
package lock

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// File is the name of the lock in a project.
const File = "outgrow.lock"

const heading = `# The names of columns and JSON members, kept for good: this file only grows.
# Commit it. A line is a number, the field in Go, its JSON member, its column and
# its type.
`

// Lock is what was given. The zero Lock is that of a new project.
type Lock struct {
	structs map[string][]entry // by "order.Order"
	indexes map[string]bool    // by "orders customer"
}

// entry is the identity of one field.
type entry struct {
	number                   int
	field, wire, column, typ string
}

// Parse reads a lock. The error names the line.
func Parse(data []byte) (Lock, error) {
	l := Lock{structs: map[string][]entry{}, indexes: map[string]bool{}}
	current := ""
	for i, line := range strings.Split(string(data), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case words[0] == "struct" && len(words) == 2:
			current = words[1]
			l.structs[current] = nil
		case words[0] == "index" && len(words) == 3:
			l.indexes[words[1]+" "+words[2]] = true
		default:
			e, err := parseEntry(words)
			if err != nil || current == "" {
				return Lock{}, fmt.Errorf("%s:%d: cannot be read: %q", File, i+1, line)
			}
			l.structs[current] = append(l.structs[current], e)
		}
	}
	return l, nil
}

func parseEntry(words []string) (entry, error) {
	if len(words) != 5 {
		return entry{}, fmt.Errorf("%d words", len(words))
	}
	n, err := strconv.Atoi(words[0])
	return entry{number: n, field: words[1], wire: words[2], column: words[3], typ: words[4]}, err
}

// Text returns the lock as it is written.
func (l Lock) Text() []byte {
	var b strings.Builder
	b.WriteString(heading)
	for _, name := range slices.Sorted(maps.Keys(l.structs)) {
		fmt.Fprintf(&b, "\nstruct %s\n", name)
		for _, e := range l.structs[name] {
			fmt.Fprintf(&b, "  %d %s %s %s %s\n", e.number, e.field, e.wire, e.column, e.typ)
		}
	}
	if len(l.indexes) > 0 {
		b.WriteString("\n")
	}
	for _, index := range slices.Sorted(maps.Keys(l.indexes)) {
		b.WriteString("index " + index + "\n")
	}
	return []byte(b.String())
}

// Change is what a project has that its lock had not.
type Change struct {
	Entity  *model.Struct
	New     bool          // the whole of it
	Columns []model.Field // where it is not new
}

// Apply gives every field of the project the names that the lock has for it, and
// takes fields that are new into the lock. It returns what entities that are kept
// are new or have grown. The error is model.Problems for fields that are gone or
// have another type.
func (l *Lock) Apply(p *model.Project) ([]Change, error) {
	if l.structs == nil {
		l.structs, l.indexes = map[string][]entry{}, map[string]bool{}
	}
	var problems model.Problems
	kept := map[*model.Struct]bool{}
	for _, s := range p.Services {
		if s.Keeps != nil {
			kept[s.Entity] = true
		}
	}
	var changes []Change
	for _, s := range structsOf(p) {
		_, known := l.structs[key(p, s)]
		added := l.applyStruct(key(p, s), s, &problems)
		if kept[s] && (len(added) > 0 || !known) {
			changes = append(changes, Change{Entity: s, New: !known, Columns: added})
		}
	}
	return changes, problems.Err()
}

// Index takes an index into the lock, and reports whether it is new.
func (l *Lock) Index(table, columns string) bool {
	index := table + " " + columns
	if l.indexes[index] {
		return false
	}
	l.indexes[index] = true
	return true
}

func key(p *model.Project, s *model.Struct) string {
	return strings.TrimPrefix(strings.TrimPrefix(s.Name.Path, p.Module+"/"), "domain/") + "." + s.Name.Name
}

// applyStruct gives the fields of one struct their names, and returns those that
// are new.
func (l *Lock) applyStruct(name string, s *model.Struct, problems *model.Problems) []model.Field {
	entries := l.structs[name]
	known := map[string]entry{}
	for _, e := range entries {
		known[e.field] = e
	}
	var added []model.Field
	for i := range s.Fields {
		f := &s.Fields[i]
		e, ok := known[f.Name]
		delete(known, f.Name)
		if !ok {
			f.Column = column(f.Column)
			entries = append(entries, entry{len(entries) + 1, f.Name, f.Wire, f.Column, typeOf(f.Type)})
			added = append(added, *f)
			continue
		}
		f.Wire, f.Column = e.wire, e.column
		if got := typeOf(f.Type); got != e.typ {
			problems.Add(f.Pos, fmt.Sprintf("%s of %s was of type %s and is %s now: what is kept could not be read", f.Name, name, e.typ, got),
				"give the new type a field of its own")
		}
	}
	for _, gone := range slices.Sorted(maps.Keys(known)) {
		problems.Add(s.Pos, fmt.Sprintf("%s has no field %s any more, which is kept as %s", name, gone, known[gone].column),
			"put it back: "+File+" only grows")
	}
	l.structs[name] = entries
	return added
}

// systemColumns are columns that Postgres has in every table.
var systemColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// column returns a name that a column can have.
func column(name string) string {
	if slices.Contains(systemColumns, name) {
		return name + "_"
	}
	return name
}

// typeOf returns a type in one word.
func typeOf(t *model.Type) string {
	switch t.Kind {
	case model.Pointer:
		return typeOf(t.Elem) + "?"
	case model.Slice:
		return "[]" + typeOf(t.Elem)
	case model.Map:
		return "map[" + typeOf(t.Key) + "]" + typeOf(t.Elem)
	case model.Record:
		return t.Struct.Name.Package + "." + t.Struct.Name.Name
	case model.Int, model.Uint, model.Float:
		if t.Bits != 0 {
			return fmt.Sprint(t.Kind, t.Bits)
		}
	}
	return string(t.Kind)
}

// structsOf returns every struct of the project that is kept or sent, in the
// order of their names.
func structsOf(p *model.Project) []*model.Struct {
	seen := map[*model.Struct]bool{}
	var all []*model.Struct
	var visit func(t *model.Type)
	visitStruct := func(s *model.Struct) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		all = append(all, s)
		for _, f := range s.Fields {
			visit(f.Type)
		}
	}
	visit = func(t *model.Type) {
		for ; t != nil; t = t.Elem {
			visitStruct(t.Struct)
			if t.Key != nil {
				visit(t.Key)
			}
		}
	}
	for _, s := range p.Services {
		visitStruct(s.Entity)
		for _, port := range []*model.Interface{s.Offers, s.Keeps} {
			if port == nil {
				continue
			}
			for _, m := range port.Methods {
				for _, param := range m.Params {
					visit(param.Type)
				}
				for _, result := range m.Results {
					visit(result)
				}
			}
		}
	}
	for _, e := range p.Events {
		visitStruct(e.Struct)
	}
	slices.SortFunc(all, func(a, b *model.Struct) int {
		return strings.Compare(a.Name.Path+"."+a.Name.Name, b.Name.Path+"."+b.Name.Name)
	})
	return all
}
