package gosource_test

import (
	"fmt"
	"strings"
	"testing"
)

// userWith returns the sources of a user with the fields, and of what lists of a user have.
func userWith(fields string) map[string]string {
	return map[string]string{"ports/users.go": userStore, "domain/user/user.go": `package user

import "example.com/shop/kit"

// User is one.
type User struct {
	ID kit.UUID
` + fields + `}

// Key is what a user has.
type Key struct{ ID kit.UUID }

// Note is what is said of a user.
type Note struct{ Text string }
`}
}

// TestLists reads which lists have tables, and which are JSON in a column.
func TestLists(t *testing.T) {
	p, err := read(t, userWith(`	Keys []Key
	Lent []Key //outgrow:json
	Notes []Note
	//outgrow:table
	Said []Note
	//outgrow:json
	Told []Note
	Version int64
`))
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for _, s := range p.Services {
		if s.Keeps == nil || s.Keeps.Name != "UserStore" {
			continue
		}
		for _, f := range s.Entity.Fields {
			tables = append(tables, fmt.Sprintf("%s %q", f.Name, f.Table))
		}
	}
	const want = `ID "", Keys "user_keys", Lent "", Notes "", Said "user_said", Told "", Version ""`
	if got := strings.Join(tables, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestListsAreRefused shows what is said of directives above lists that make no sense.
func TestListsAreRefused(t *testing.T) {
	for fields, want := range map[string]string{
		"	Notes []Note //outgrow:table\n":                                    "domain/user/user.go:8:2: Notes cannot have a table: User has no Version",
		"	//outgrow:table\n	//outgrow:json\n	Notes []Note\n	Version int64\n": "domain/user/user.go:10:2: Notes has the directives //outgrow:table and //outgrow:json; remove one of them",
		"	Name string //outgrow:json\n":                                      "domain/user/user.go:8:14: this directive has no effect here; put it into the comment above a list of structs",
	} {
		if _, err := read(t, userWith(fields)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v\nwant %s", fields, err, want)
		}
	}
}
