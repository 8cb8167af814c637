package gosource_test

import (
	"fmt"
	"strings"
	"testing"
)

const userStore = `package ports

import (
	"context"

	"example.com/shop/domain/user"
	"example.com/shop/kit"
)

// UserStore keeps users.
type UserStore interface {
	Insert(ctx context.Context, u user.User, events ...kit.Event) error
}
`

// TestUnique reads directives above fields and structs, also of those that are embedded.
func TestUnique(t *testing.T) {
	p, err := read(t, map[string]string{"ports/users.go": userStore, "domain/user/user.go": `package user

import "example.com/shop/kit"

// User is one.
//
//outgrow:unique Tenant, Number
type User struct {
	ID kit.UUID
	Details
	//outgrow:unique
	Number  int64
	Version int64
}

//outgrow:unique Role Tenant
type Details struct {
	// Email is one's own.
	//
	//outgrow:unique
	Email  *string
	Tenant string //outgrow:unique
	Role   string
}
`})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Services {
		for _, u := range s.Entity.Unique {
			got = append(got, fmt.Sprint(u.Fields, " ", u.Pos))
		}
	}
	want := []string{
		"[Tenant Number] domain/user/user.go:7:1", "[Role Tenant] domain/user/user.go:16:1", "[Email] domain/user/user.go:20:2",
		"[Tenant] domain/user/user.go:22:16", "[Number] domain/user/user.go:11:2",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestUniqueIsRefused shows what is said of directives that make no sense, all at once.
func TestUniqueIsRefused(t *testing.T) {
	_, err := read(t, map[string]string{"ports/users.go": userStore, "domain/user/user.go": `package user

import "example.com/shop/kit"

//outgrow:unique
//outgrow:unique Email, Nobody
//outgrow:unique Email, Email
//outgrow:unique ID, Email
//outgrow:unique Admin, Role
type User struct {
	ID kit.UUID
	Email string //outgrow:unique Email
	Tags []string //outgrow:unique
	Weight float64 //outgrow:unique
	Admin bool
	Role Role
	//outgrow:unique
	Name string
	Place Place
	Version int64
}

//outgrow:unique Name
type Place struct {
	Street string //outgrow:unique
}

type Role string

const (
	RoleGuest Role = "guest"
	RoleOwner Role = "owner"
)

//outgrow:unique

// outgrow:unique
func (r Role) Valid() bool { return r == RoleGuest || r == RoleOwner }
`})
	const place = "this directive has no effect here; put it into the comment above a field of a struct that a store in package ports keeps, or with the names of " +
		"several fields above that struct, as in //outgrow:unique Tenant, Email"
	want := []string{
		"5:1: //outgrow:unique above a struct names no fields; name them, as in //outgrow:unique Tenant, Email",
		"6:1: User has no field Nobody; write the names of its fields as they are in Go",
		"7:1: //outgrow:unique names Email twice; name each field once",
		"8:1: ID cannot be one of the fields that are unique together: each key is of one entity already; leave it out",
		"9:1: Admin, Role alone cannot be unique: there could be no more entities than values; name another field beside it",
		"12:15: //outgrow:unique above a field names others; leave out the names, or put it above the struct",
		"13:16: Tags cannot be unique: databases and Go do not agree on when two values of its type are alike; " +
			"declare a field with a number, a text, an enumeration, a time, a duration or a UUID for it",
		"14:17: Weight cannot be unique: databases and Go do not agree on when two values of its type are alike; " +
			"declare a field with a number, a text, an enumeration, a time, a duration or a UUID for it",
		"23:1: " + place,
		"25:16: " + place,
		"35:1: " + place,
		"37:1: a directive must not have a space after //; write //outgrow:http /path, or //outgrow:unique",
	}
	got := strings.ReplaceAll(fmt.Sprint(err), "domain/user/user.go:", "")
	if got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
