package lock

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Change says what only the user can know: that a field, which is no longer in the Go code,
// was renamed or removed, or that what is kept of it is to be read as another type.
type Change struct {
	From Path
	To   Path // zero if it was removed

	Retype bool
	Filled bool // rows that have nothing get Fill
	Fill   string
}

// Path is the path of a field as written by the user: order.notes, or
// order.Details.Notes if several structs in a package have the field.
type Path struct {
	Of    string // the package, the service, or the struct
	Field string
}

// String returns the path as it was written.
func (p Path) String() string { return p.Of + "." + p.Field }

// IsIn reports whether a struct of the package has the field in Go.
func (p Path) IsIn(s *model.Struct) bool {
	pkg, _, _ := strings.Cut(p.Of, ".")
	return same(pkg) == same(s.Name.Package) && has(s, p.Field) != ""
}

// Renamed parses order.notes=order.remarks, or order.notes=remarks.
func Renamed(text string) (Change, error) {
	from, to, ok := strings.Cut(text, "=")
	c := Change{}
	var err error
	if c.From, err = parsePath(from); err != nil || !ok || to == "" {
		return c, fmt.Errorf("--rename %.80q: write the old and the new name, such as order.notes=order.remarks", text)
	}
	c.To = Path{c.From.Of, to}
	if strings.Contains(to, ".") {
		c.To, err = parsePath(to)
	}
	if err != nil || same(c.From.Of) != same(c.To.Of) {
		return c, fmt.Errorf("--rename %.80q: a field cannot be moved to another struct; add it there and drop it here", text)
	}
	return c, nil
}

// Dropped parses order.notes.
func Dropped(text string) (Change, error) {
	from, err := parsePath(text)
	if err != nil {
		return Change{}, fmt.Errorf("--drop %.80q: write the name of the field, such as order.notes", text)
	}
	return Change{From: from}, nil
}

func parsePath(text string) (Path, error) {
	at := strings.LastIndexByte(text, '.')
	if at < 1 || at == len(text)-1 || strings.ContainsAny(text, " \t\r\n=") {
		return Path{}, errors.New("want PACKAGE.FIELD")
	}
	return Path{text[:at], text[at+1:]}, nil
}

// same returns what two spellings of a name have in common.
func same(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// Change records changes of fields in the lock. The names under which they are stored
// and sent stay the same. The error has a line for each change that is impossible,
// because the field still exists or never did.
func (l *Lock) Change(p *model.Project, changes []Change) error {
	l.to(p).follow()
	var errs []error
	for _, c := range changes {
		if err := l.change(p, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (l *Lock) change(p *model.Project, c Change) error {
	if key, value := l.enumOf(c.From); value != nil && !c.Retype {
		return l.changeValue(p, key, value, c)
	}
	present := map[string]*model.Struct{}
	for _, s := range p.Structs() {
		present[keyOf(p, s)] = s
	}
	found, changed := false, false
	var refused error
	for _, key := range slices.Sorted(maps.Keys(l.structs)) {
		if r := l.structs[key]; c.From.isOf(key) && !r.enum {
			change := r.change
			if c.Retype {
				change = func(key string, s *model.Struct, c Change) (bool, error) { return l.to(p).retype(r, key, s, c) }
			}
			did, err := change(key, present[key], c)
			found, changed, refused = true, changed || did, cmp.Or(refused, err)
		}
	}
	switch {
	case !changed && refused != nil: // it may have been moved to or from a struct that is not meant
		return refused
	case !found:
		return fmt.Errorf("unknown package or struct %.60q in %s; begin with a package in domain/, such as order.notes", c.From.Of, File)
	case !changed:
		return fmt.Errorf("%.60s has no field %.60s in %s%s", c.From.Of, c.From.Field, File, l.fieldsOf(c.From))
	}
	return nil
}

// isOf reports whether the path names the struct with the key, such as order.Details, or
// its package.
func (p Path) isOf(key string) bool {
	at := strings.LastIndexByte(key, '.')
	if at < 0 {
		return false // a table of children
	}
	pkg := key[:at]
	return same(p.Of) == same(pkg) || same(p.Of) == same(key)
}

// fieldsOf lists the fields to choose from if the path names an unknown one.
func (l *Lock) fieldsOf(p Path) string {
	names := map[string]bool{}
	for key, r := range l.structs {
		for _, f := range r.fields {
			if p.isOf(key) && !f.gone && !r.enum {
				names[f.name] = true
			}
		}
	}
	return "; use one of " + strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// change records the change of a field in the struct, which is nil if it is no longer in
// the Go code. It reports whether there is such a field.
func (r *record) change(key string, s *model.Struct, c Change) (bool, error) {
	at := slices.IndexFunc(r.fields, func(f field) bool { return !f.gone && same(f.name) == same(c.From.Field) })
	if at < 0 {
		return false, nil
	}
	f := &r.fields[at]
	if has(s, f.name) != "" {
		return false, fmt.Errorf("%s still has the field %s; change the Go code first, then run this command", key, f.name)
	}
	if c.To == (Path{}) {
		f.gone = true
		return true, nil
	}
	to := has(s, c.To.Field)
	if to == "" {
		return false, fmt.Errorf("%s has no field %.60s in Go, so %s cannot have been renamed to it; check the name", key, c.To.Field, f.name)
	}
	if r.find(to) >= 0 {
		return false, fmt.Errorf("%s of %s already has a line in %s, so %s cannot have been renamed to it", to, key, File, f.name)
	}
	f.name = to
	return true, nil
}

// has returns the Go name of the field that matches the name, or "" if there is none.
func has(s *model.Struct, name string) string {
	if s == nil {
		return ""
	}
	for _, f := range s.Fields {
		if same(f.Name) == same(name) {
			return f.Name
		}
	}
	return ""
}
