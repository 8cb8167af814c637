package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

func project(fields ...model.Field) *model.Project {
	entity := &model.Struct{Name: model.Name{Path: "example.com/shop/domain/order", Package: "order", Name: "Order"}, Fields: fields}
	return &model.Project{
		Module:   "example.com/shop",
		Services: []model.Service{{Entity: entity, Keeps: &model.Interface{Name: "OrderStore"}}},
	}
}

func field(name string, kind model.Kind) model.Field {
	return model.Field{Name: name, Wire: strings.ToLower(name), Column: strings.ToLower(name), Type: &model.Type{Kind: kind}}
}

// apply applies a lock that was written and read to a project.
func apply(t *testing.T, text []byte, p *model.Project) (lock.Lock, []lock.Change, error) {
	t.Helper()
	l, err := lock.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := l.Apply(p)
	return l, changes, err
}

func TestNamesStay(t *testing.T) {
	l, changes, err := apply(t, nil, project(field("ID", model.UUID), field("Customer", model.String)))
	if err != nil || len(changes) != 1 || !changes[0].New {
		t.Fatalf("a new entity: %+v, %v", changes, err)
	}
	before := string(l.Text())

	renamed := field("Customer", model.String)
	renamed.Wire, renamed.Column = "client", "client" // by another version of the command, say
	p := project(field("Total", model.Int), renamed, field("ID", model.UUID))
	l, changes, err = apply(t, l.Text(), p)
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Services[0].Entity.Fields[1]; f.Wire != "customer" || f.Column != "customer" {
		t.Errorf("the field is called %s and %s now", f.Wire, f.Column)
	}
	if len(changes) != 1 || changes[0].New || len(changes[0].Columns) != 1 || changes[0].Columns[0].Name != "Total" {
		t.Errorf("changes: %+v, want the column Total", changes)
	}
	if after := string(l.Text()); !strings.HasPrefix(after, strings.TrimSuffix(before, "\n")) {
		t.Errorf("the lock did not only grow:\n%s\n%s", before, after)
	}
	if _, changes, err = apply(t, l.Text(), p); err != nil || len(changes) != 0 {
		t.Errorf("the same again: %+v, %v", changes, err)
	}
}

func TestRefusesWhatWouldBeMisread(t *testing.T) {
	l, _, err := apply(t, nil, project(field("ID", model.UUID), field("Customer", model.String)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		p    *model.Project
		want string
	}{
		"gone":         {project(field("ID", model.UUID)), "has no field Customer any more"},
		"another type": {project(field("ID", model.UUID), field("Customer", model.Int)), "was of type string and is int now"},
	} {
		if _, _, err := apply(t, l.Text(), c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestColumnsOfPostgresItself(t *testing.T) {
	p := project(field("Xmin", model.String))
	if _, _, err := apply(t, nil, p); err != nil {
		t.Fatal(err)
	}
	if f := p.Services[0].Entity.Fields[0]; f.Column != "xmin_" || f.Wire != "xmin" {
		t.Errorf("column %s and member %s, want xmin_ and xmin", f.Column, f.Wire)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("struct a.B\n  1 C c c string\nindex t c\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := lock.Parse([]byte(text))
		if err != nil {
			return
		}
		again, err := lock.Parse(l.Text())
		if err != nil || string(again.Text()) != string(l.Text()) {
			t.Errorf("%q was written as %q: %v", text, l.Text(), err)
		}
	})
}
