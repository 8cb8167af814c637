package lock

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Change says what became of a field that Go has not any more, which nobody else
// can know: it was renamed, or it was removed.
type Change struct {
	From Path
	To   Path // zero where it was removed
}

// Path leads to a field, as people write it: order.notes, or order.Details.Notes
// where a package has several structs with the field.
type Path struct {
	Of    string // the package, the service, or the struct
	Field string
}

// String returns the path as it is written.
func (p Path) String() string { return p.Of + "." + p.Field }

// Renamed reads order.notes=order.remarks, or order.notes=remarks.
func Renamed(text string) (Change, error) {
	from, to, ok := strings.Cut(text, "=")
	c := Change{}
	var err error
	if c.From, err = parsePath(from); err != nil || !ok || to == "" {
		return c, fmt.Errorf("--rename %.80q: write the field of before and that of now, such as order.notes=order.remarks", text)
	}
	c.To = Path{c.From.Of, to}
	if strings.Contains(to, ".") {
		c.To, err = parsePath(to)
	}
	if err != nil || same(c.From.Of) != same(c.To.Of) {
		return c, fmt.Errorf("--rename %.80q: a field stays in its struct; to move it, add it there and drop it here", text)
	}
	return c, nil
}

// Dropped reads order.notes.
func Dropped(text string) (Change, error) {
	from, err := parsePath(text)
	if err != nil {
		return Change{}, fmt.Errorf("--drop %.80q: write the field of before, such as order.notes", text)
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

// Change notes in the lock what became of fields. The names under which they are
// kept and sent stay as they are. The error has a line for each change that is
// none: of a field that is there, or that there never was.
func (l *Lock) Change(p *model.Project, changes []Change) error {
	var errs []error
	for _, c := range changes {
		if err := l.change(p, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (l *Lock) change(p *model.Project, c Change) error {
	present := map[string]*model.Struct{}
	for _, s := range p.Structs() {
		present[keyOf(p, s)] = s
	}
	found, changed := false, false
	for _, key := range slices.Sorted(maps.Keys(l.structs)) {
		if !c.From.isOf(key) {
			continue
		}
		found = true
		did, err := l.structs[key].change(key, present[key], c)
		if err != nil {
			return err
		}
		changed = changed || did
	}
	switch {
	case !found:
		return fmt.Errorf("there is nothing called %.60q in %s: begin with a package below domain/, such as order.notes", c.From.Of, File)
	case !changed:
		return fmt.Errorf("%.60s has no field %.60s in %s%s", c.From.Of, c.From.Field, File, l.fieldsOf(c.From))
	}
	return nil
}

// isOf reports whether the path leads into the struct of the key, order.Details:
// by its package, or by itself.
func (p Path) isOf(key string) bool {
	pkg := key[:strings.LastIndexByte(key, '.')]
	return same(p.Of) == same(pkg) || same(p.Of) == same(key)
}

// fieldsOf lists what there is in place of a field that there is not.
func (l *Lock) fieldsOf(p Path) string {
	names := map[string]bool{}
	for key, r := range l.structs {
		for _, f := range r.fields {
			if p.isOf(key) && !f.gone {
				names[f.name] = true
			}
		}
	}
	return "; there is " + strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// change notes the change of a field in the struct, which is nil where Go has it
// no more, and reports whether there is such a field.
func (r *record) change(key string, s *model.Struct, c Change) (bool, error) {
	at := slices.IndexFunc(r.fields, func(f field) bool { return !f.gone && same(f.name) == same(c.From.Field) })
	if at < 0 {
		return false, nil
	}
	f := &r.fields[at]
	if has(s, f.name) != "" {
		return false, fmt.Errorf("%s has its field %s still: change the Go code first, then say what became of it", key, f.name)
	}
	if c.To == (Path{}) {
		f.gone = true
		return true, nil
	}
	to := has(s, c.To.Field)
	if to == "" {
		return false, fmt.Errorf("%s has no field %.60s in Go, which %s would have been renamed to", key, c.To.Field, f.name)
	}
	if r.find(to) >= 0 {
		return false, fmt.Errorf("%s of %s has a line of its own in %s: %s was not renamed to it", to, key, File, f.name)
	}
	f.name = to
	return true, nil
}

// has returns the name in Go of the field that is spelled so; "" where there is
// none.
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
