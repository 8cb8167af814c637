package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// kept returns the lock of an order that has notes and a total.
func kept(t *testing.T) string {
	t.Helper()
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID), field("Notes", model.String), field("Total", model.Int))), 2)
	return text
}

// changed applies changes of fields to the lock of kept, and that lock to a project.
func changed(t *testing.T, p *model.Project, changes ...lock.Change) (string, error) {
	t.Helper()
	l, err := lock.Parse([]byte(kept(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Change(p, changes); err != nil {
		return "", err
	}
	err = l.Apply(p, 3)
	return string(l.Text()), err
}

func renamed(t *testing.T, text string) lock.Change {
	t.Helper()
	c, err := lock.Renamed(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func dropped(t *testing.T, text string) lock.Change {
	t.Helper()
	c, err := lock.Dropped(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRenameKeepsNames shows that a renamed field keeps its column, its JSON name and its
// migration, however it is spelled.
func TestRenameKeepsNames(t *testing.T) {
	want := strings.Replace(kept(t), "Notes notes notes", "RemarksMade notes notes", 1)
	for _, text := range []string{
		"order.notes=order.remarks_made", "order.Notes=order.RemarksMade", "order.notes=remarks-made", "order.Order.notes=order.Order.remarksMade",
	} {
		p := project(entity("Order", field("ID", model.UUID), field("RemarksMade", model.String), field("Total", model.Int)))
		got, err := changed(t, p, renamed(t, text))
		if err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", text, err, got, want)
		}
		if f := p.Services[0].Entity.Fields[1]; f.Wire != "notes" || f.Column != "notes" {
			t.Errorf("%s: the field is sent as %s and stored as %s", text, f.Wire, f.Column)
		}
	}
}

// TestDropKeepsTheColumn shows that the line of a dropped field stays, and that its
// column is known.
func TestDropKeepsTheColumn(t *testing.T) {
	p := project(entity("Order", field("ID", model.UUID), field("Total", model.Int)))
	got, err := changed(t, p, dropped(t, "order.notes"))
	if want := strings.Replace(kept(t), "notes string 2", "notes string 2 gone", 1); err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if gone := p.Services[0].Gone; len(gone) != 1 || gone[0] != (model.Column{Name: "notes", Type: "string"}) {
		t.Errorf("gone are %+v", gone)
	}
}

func TestChangesThatAreNone(t *testing.T) {
	now := func() *model.Project {
		return project(entity("Order", field("ID", model.UUID), field("Remarks", model.String), field("Total", model.Int)))
	}
	for name, c := range map[string]struct {
		change lock.Change
		want   string
	}{
		"still there":     {dropped(t, "order.total"), "order.Order still has the field Total"},
		"never there":     {dropped(t, "order.note"), "order has no field note in outgrow.lock; use one of ID, Notes, Total"},
		"no such package": {dropped(t, "invoice.notes"), `unknown package or struct "invoice"`},
		"not in Go":       {renamed(t, "order.notes=order.remark"), "order.Order has no field remark in Go"},
		"to a known one":  {renamed(t, "order.notes=order.total"), "Total of order.Order already has a line"},
		"another type":    {renamed(t, "order.total=order.remarks"), "order.Order still has the field Total"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := changed(t, now(), c.change); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	p := project(entity("Order", field("ID", model.UUID), field("Remarks", model.Int), field("Total", model.Int)))
	if _, err := changed(t, p, renamed(t, "order.notes=order.remarks")); err == nil || !strings.Contains(err.Error(), "the type of Remarks in order.Order changed from string to int,") {
		t.Errorf("a rename to another type: %v", err)
	}
}

func TestUnreadableChanges(t *testing.T) {
	for _, text := range []string{"", "notes", "order.", ".notes", "order.notes", "order.notes=", "order.notes=order.", "order.notes=line.notes", "a b.c=a b.d"} {
		if _, err := lock.Renamed(text); err == nil {
			t.Errorf("%q was accepted as a rename", text)
		}
	}
	for _, text := range []string{"", "notes", "order.", ".notes", "order.a=b", "or der.a"} {
		if _, err := lock.Dropped(text); err == nil {
			t.Errorf("%q was accepted as a removal", text)
		}
	}
}
