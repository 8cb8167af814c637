package lock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// enumeration records the values of an enumeration, which are what is stored and sent.
func (a *application) enumeration(t *model.Type) {
	key := nameKey(a.project, *t.Name)
	r := a.structs[key]
	if r != nil && r.table != "" {
		a.problems.Add(t.Pos, fmt.Sprintf("%s was a struct, which is stored in the table %s", key, r.table), "give the new type another name")
		return
	}
	if r == nil || !r.enum {
		r = &record{enum: true}
		a.structs[key] = r
	}
	present := map[string]bool{}
	for _, v := range t.Values {
		present[v.Text] = true
		if at := r.value(v.Text); at >= 0 {
			r.fields[at].gone = false
			continue
		}
		r.fields = append(r.fields, field{name: v.Text, wire: v.Text, column: v.Text})
	}
	for _, f := range r.fields {
		if !f.gone && !present[f.name] {
			a.problems.Add(t.Pos, fmt.Sprintf("%s no longer has the value %q, which rows and messages may have", a.formerly(key), f.name),
				"restore it; or, if none has it any more, "+dropping(key, f.name))
		}
	}
}

// value returns the index of a value of an enumeration, or -1.
func (r *record) value(text string) int {
	for i, f := range r.fields {
		if f.name == text {
			return i
		}
	}
	return -1
}

// dropping says how to drop the value of an enumeration.
func dropping(key, value string) string {
	if memberForm.MatchString(value) {
		return "run: outgrow generate --drop " + key + "." + value
	}
	return fmt.Sprintf(`add "gone" to the end of the line %s of %s in %s`, quoted(value), key, File)
}

// quoted returns the word that stands for a text, such as a value of an enumeration.
func quoted(text string) string {
	return strings.ReplaceAll(strconv.Quote(text), " ", `\x20`)
}

// enumOf returns the enumeration and its value that a path such as order.Status.sent names,
// or nil.
func (l *Lock) enumOf(p Path) (key string, value *field) {
	for key, r := range l.structs {
		text, ok := strings.CutPrefix(p.String(), key+".")
		if !ok || !r.enum {
			continue
		}
		if at := r.value(text); at >= 0 && !r.fields[at].gone {
			return key, &r.fields[at]
		}
	}
	return "", nil
}

// changeValue drops the value of an enumeration, which rows must not have any more.
func (l *Lock) changeValue(p *model.Project, key string, value *field, c Change) error {
	if c.To != (Path{}) {
		return fmt.Errorf("the value %q of %s is what is stored and sent, so it cannot be renamed; add a new value, and once no row and no message has the old one, %s",
			value.name, key, dropping(key, value.name))
	}
	for _, t := range p.Enums() {
		if nameKey(p, *t.Name) != key {
			continue
		}
		if slices.ContainsFunc(t.Values, func(v model.Value) bool { return v.Text == value.name }) {
			return fmt.Errorf("%s still has the value %q; change the Go code first, then run this command", key, value.name)
		}
		l.only(t, key)
	}
	value.gone = true
	return nil
}
