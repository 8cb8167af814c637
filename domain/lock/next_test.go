package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// invoices returns an entity for whose number a method returns numbers, if there is a name.
func invoices(method string) model.Service {
	number := field("Number", model.Int)
	number.Type.Bits = 64
	s := entity("Invoice", field("ID", model.UUID), number)
	if method != "" {
		s.Keeps.Methods = []model.Method{{Name: method, Results: []*model.Type{number.Type}}}
	}
	return s
}

// TestNext has a method that returns numbers, then none, then one again: what they come from is
// made and dropped by a migration each.
func TestNext(t *testing.T) {
	text := ""
	for _, step := range []struct {
		method string
		next   int
		want   string
	}{
		{"NextNumber", 2, "  next number 2\n"},
		{"NextNumber", 3, "  next number 2\n"},
		{"", 4, "  next number 2 until 4\n"},
		{"NextNumber", 5, "  next number 2 until 4\n  next number 5\n"},
	} {
		s := invoices(step.method)
		var l lock.Lock
		text, l = mustApply(t, text, project(s), step.next)
		if _, got, _ := strings.Cut(text, "  Number number number int64 2\n"); got != step.want {
			t.Fatalf("in migration %d got\n%s\nwant at its end\n%s", step.next, text, step.want)
		}
		source := ""
		if step.method != "" {
			source = "invoices_next_number"
		}
		if got := s.Entity.Fields[1].Source; got != source || l.Tables()[0].Indexes[0].Name != "invoices_next_number" {
			t.Errorf("the source is %q, in %+v", got, l.Tables())
		}
	}
}

// TestNextIsNoIndex shows that a query by the field needs an index as well.
func TestNextIsNoIndex(t *testing.T) {
	text, l := mustApply(t, "", project(findBy(invoices("NextNumber"), "Number")), 2)
	if want := "  next number 2\n  index number 2\n"; !strings.HasSuffix(text, want) {
		t.Errorf("got\n%s\nwant at its end\n%s", text, want)
	}
	if i := l.Tables()[0].Indexes; i[0].Name == i[1].Name {
		t.Errorf("the names are %+v", i)
	}
}

// TestNextByHand makes nothing for a method that is written by hand everywhere, and leaves it
// what there is.
func TestNextByHand(t *testing.T) {
	byHand := project(invoices("NextNumber"))
	byHand.Hand = map[string]bool{"memory.InvoiceStore.NextNumber": true}
	if text, _ := mustApply(t, "", byHand, 2); strings.Contains(text, "next") {
		t.Errorf("got\n%s", text)
	}
	text, _ := mustApply(t, "", project(invoices("NextNumber")), 2)
	if again, _ := mustApply(t, text, byHand, 3); again != text {
		t.Errorf("got\n%s\nwant\n%s", again, text)
	}
}

// TestNamesOfNext are those of nothing else, and fit.
func TestNamesOfNext(t *testing.T) {
	s := invoices("NextNumber")
	s.Table = strings.Repeat("long_", 11) + "invoices"
	mustApply(t, "", project(s), 2)
	if got := s.Entity.Fields[1].Source; len(got) != 63 {
		t.Errorf("the source is %q", got)
	}
	other := entity("Other", field("ID", model.UUID))
	other.Table = "invoices_next_number"
	s = invoices("NextNumber")
	_, l := mustApply(t, "", project(s, other), 2)
	names := map[string]int{}
	for _, table := range l.Tables() {
		names[table.Name]++
		for _, i := range table.Indexes {
			names[i.Name]++
		}
	}
	if len(names) != 3 {
		t.Errorf("the names are %v", names)
	}
}

func TestNextInUnions(t *testing.T) {
	const next, dropped = "  next notes 3\n", "  next notes 3 until "
	for name, c := range map[string]struct {
		sides
		want string
	}{
		"both add it":              {sides{on(next), on("  next notes 4\n")}, on(next + "  next notes 4\n")},
		"one adds it":              {sides{on(next), on("")}, on(next)},
		"one drops what both have": {sides{on(next), on(dropped + "5\n")}, on(dropped + "5\n")},
		"both drop it":             {sides{on(dropped + "6\n"), on(dropped + "5\n")}, on(dropped + "5\n")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range []sides{c.sides, {c.theirs, c.ours}} {
				if got, err := union(t, s, 4); err != nil || got != c.want {
					t.Errorf("got\n%s\n%v, want\n%s", got, err, c.want)
				}
			}
		})
	}
}

func TestInvalidNext(t *testing.T) {
	for _, line := range []string{"next", "next notes", "next notes 0", "next notes 2 until", "next notes 2 prefix", `next no"tes 2`, "next notes 2 until 3 gone"} {
		if _, err := lock.Parse([]byte(on("  " + line + "\n"))); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}

// TestNextOfTenant has numbers for each tenant, and others from when the entity has one.
func TestNextOfTenant(t *testing.T) {
	text := ""
	for i, step := range []struct{ tenant, want string }{
		{"", "  next number 2\n"},
		{"Tenant", "  next number 2 until 3\n  next tenant,number 3\n"},
		{"Tenant", "  next number 2 until 3\n  next tenant,number 3\n"},
	} {
		s := invoices("NextNumber")
		s.Entity.Fields = append(s.Entity.Fields, field("Tenant", model.String))
		s.Entity.Tenant = step.tenant
		var l lock.Lock
		text, l = mustApply(t, text, project(s), 2+i)
		got := ""
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "  next") {
				got += line
			}
		}
		if got != step.want {
			t.Fatalf("got\n%s\nwant\n%s", got, step.want)
		}
		if source := s.Entity.Fields[1].Source; (source == "invoices_next_tenant_and_number") != (step.tenant != "") {
			t.Errorf("they come from %s in %v", source, l.Tables())
		}
	}
}
