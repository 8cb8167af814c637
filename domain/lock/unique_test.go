package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// users returns an entity in whose fields no two are alike.
func users(unique ...[]string) model.Service {
	s := entity("User", field("ID", model.UUID), field("Tenant", model.String), field("Email", model.String))
	for _, names := range unique {
		s.Entity.Unique = append(s.Entity.Unique, model.Unique{Fields: names, Pos: "domain/user/user.go:7:2"})
	}
	return s
}

// TestUnique declares fields unique, then others, then none, then the first again: each
// change is made by one migration, and the index also serves a query.
func TestUnique(t *testing.T) {
	const columns = `struct order.User table users
  ID id id uuid 2
  Tenant tenant tenant string 2
  Email email email string 2
`
	text := ""
	for _, step := range []struct {
		users model.Service
		next  int
		want  string
	}{
		{findBy(users([]string{"Email"}), "Email"), 2, "  unique email 2\n"},
		{findBy(users([]string{"Email"}), "Email"), 3, "  unique email 2\n"},
		{findBy(users([]string{"Tenant", "Email"}), "Email"), 4, "  unique email 2 until 4\n  unique tenant,email 4\n  index email 4\n"},
		{users(), 5, "  unique email 2 until 4\n  unique tenant,email 4 until 5\n  index email 4\n"},
		{users([]string{"Email"}), 6, "  unique email 2 until 4\n  unique tenant,email 4 until 5\n  index email 4\n  unique email 6\n"},
	} {
		var indexes string
		text, _ = mustApply(t, text, project(step.users), step.next)
		if _, indexes, _ = strings.Cut(text, columns); indexes != step.want {
			t.Fatalf("in migration %d got\n%s\nwant at its end\n%s", step.next, text, step.want)
		}
	}
	_, l := mustApply(t, text, project(users([]string{"Email"})), 9)
	names := map[string]int{}
	for _, i := range l.Tables()[0].Indexes {
		names[i.Name]++
	}
	if names["users_unique_email"] != 2 || names["users_unique_tenant_and_email"] != 1 || names["users_by_email"] != 1 {
		t.Errorf("the indexes are called %v", names)
	}
}

// TestUniqueAndNew refuses fields that are new and unique, unless existing rows may have
// nothing there, or something that tells them apart.
func TestUniqueAndNew(t *testing.T) {
	text, _ := mustApply(t, "", project(users()), 2)
	with := func(kind model.Kind, names ...string) model.Service {
		s := users(names)
		code := field("Code", model.String)
		if kind == model.Pointer {
			code.Type = &model.Type{Kind: kind, Elem: code.Type}
		}
		s.Entity.Fields = append(s.Entity.Fields, code)
		return s
	}
	_, _, err := apply(t, text, project(with(model.String, "Code")), 3)
	want := "domain/user/user.go:7:2: Code is new in order.User and unique, and all existing rows would be alike in it; make it optional, with a * before its type; " +
		"or add it without the directive, give each row its value, and declare it unique then"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	mustApply(t, text, project(with(model.String, "Email", "Code")), 3)
	mustApply(t, text, project(with(model.Pointer, "Code")), 3)
	mustApply(t, "", project(with(model.String, "Code")), 3)
}

func TestUniqueInUnions(t *testing.T) {
	const unique, dropped = "  unique notes 3\n", "  unique notes 3 until "
	for name, c := range map[string]struct {
		sides
		want string
	}{
		"both add one":                               {sides{on(unique), on("  unique notes 4\n")}, on(unique + "  unique notes 4\n")},
		"one drops what both have":                   {sides{on(unique), on(dropped + "5\n")}, on(dropped + "5\n")},
		"both drop it":                               {sides{on(dropped + "6\n"), on(dropped + "5\n")}, on(dropped + "5\n")},
		"one adds, one has an index":                 {sides{on("  index notes 4\n"), on(unique)}, on(unique + "  index notes 4\n")},
		"a column, in whose migration it is dropped": {sides{on("  Due due due time 4\n"), on("  Due due due time 5\n" + dropped + "5\n")}, on("  Due due due time 4\n" + unique)},
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

func TestInvalidUnique(t *testing.T) {
	for _, line := range []string{"unique", "unique notes", "unique notes 0", "unique notes 2 until", "unique notes 2 until x", "unique notes 2 prefix", `unique no"tes 2`, "unique notes 2 until 3 gone"} {
		if _, err := lock.Parse([]byte(on("  " + line + "\n"))); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}
