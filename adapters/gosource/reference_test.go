package gosource_test

import (
	"fmt"
	"strings"
	"testing"
)

const referringStores = `package ports

import (
	"context"

	"example.com/shop/domain/sale"
	"example.com/shop/domain/user"
	"example.com/shop/kit"
)

// UserStore keeps users.
type UserStore interface {
	Insert(ctx context.Context, u user.User, events ...kit.Event) error
}

// SaleStore keeps sales.
type SaleStore interface {
	Insert(ctx context.Context, s sale.Sale, events ...kit.Event) error
}
`

const referredUser = `package user

import "example.com/shop/kit"

type ID kit.UUID

type User struct {
	ID ID
	// Latest is what the user has bought last.
	//
	//outgrow:references sale.Sale
	Latest  *kit.UUID
	Version int64
}
`

// TestReferences reads directives above fields, also of those that are embedded.
func TestReferences(t *testing.T) {
	p, err := read(t, map[string]string{
		"ports/ports.go": referringStores, "domain/user/user.go": referredUser,
		"domain/sale/sale.go": `package sale

import (
	"example.com/shop/domain/user"
	"example.com/shop/kit"
)

type Sale struct {
	ID kit.UUID
	Details
}

type Details struct {
	Buyer user.ID //outgrow:references user.User
	Payer *kit.UUID //outgrow:references user.User
	Before *kit.UUID //outgrow:references Sale
}
`})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Services {
		for _, r := range s.Entity.References {
			got = append(got, fmt.Sprint(r.Field, " ", r.To, " ", r.Pos))
		}
	}
	want := []string{
		"Buyer {example.com/shop/domain/user user User} domain/sale/sale.go:14:16",
		"Payer {example.com/shop/domain/user user User} domain/sale/sale.go:15:18",
		"Before {example.com/shop/domain/sale sale Sale} domain/sale/sale.go:16:19",
		"Latest {example.com/shop/domain/sale sale Sale} domain/user/user.go:11:2",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestReferenceIsRefused shows what is said of directives that make no sense.
func TestReferenceIsRefused(t *testing.T) {
	_, err := read(t, map[string]string{
		"ports/ports.go": referringStores, "domain/user/user.go": strings.Replace(referredUser, "*kit.UUID", "kit.UUID", 1),
		"domain/sale/sale.go": `package sale

import (
	"example.com/shop/domain/user"
	"example.com/shop/kit"
)

type Sale struct {
	ID ID //outgrow:references user.User
	None user.ID //outgrow:references
	Two user.ID //outgrow:references user.User user.User
	//outgrow:references user.User
	//outgrow:references user.User
	Twice user.ID
	Nobody user.ID //outgrow:references user.Nobody
	Place user.ID //outgrow:references Place
	Self ID //outgrow:references Sale
	Name string //outgrow:references user.User
	Other OtherID //outgrow:references user.User
	Several []user.ID //outgrow:references user.User
	Buyer user.ID //outgrow:references user.User
}

type (
	ID kit.UUID
	OtherID kit.UUID
)

type Place struct {
	ID kit.UUID //outgrow:references user.User
}
`})
	const (
		place = "this directive has no effect here; put it into the comment above a field of a struct that a store in package ports keeps, " +
			"with the entity that the field has the key of, as in //outgrow:references customer.Customer"
		typ    = " does not have the type of the key of user.User; give it the type of that one's ID, with a * before it if there may be none"
		named  = "//outgrow:references does not name one entity; name it, as in //outgrow:references customer.Customer"
		kept   = "; write the package and the name of a struct that a store in package ports keeps"
		circle = ", which refers back to it: neither could be inserted first; make one of the fields optional, with a * before its type"
	)
	want := []string{
		"sale/sale.go:9:8: ID cannot refer to another entity; declare a field of its own for the key of the other",
		"sale/sale.go:10:15: " + named,
		"sale/sale.go:11:14: " + named,
		"sale/sale.go:13:2: Twice has two directives //outgrow:references; remove one of them",
		"sale/sale.go:15:17: no store keeps the type user.Nobody" + kept,
		"sale/sale.go:16:16: no store keeps the type sale.Place" + kept,
		"sale/sale.go:17:10: Self refers to the same kind and is not optional: the first Sale would have none to refer to; make it optional, with a * before its type",
		"sale/sale.go:18:14: Name" + typ,
		"sale/sale.go:19:16: Other" + typ,
		"sale/sale.go:20:20: Several" + typ,
		"sale/sale.go:30:14: " + place,
	}
	got := strings.Split(strings.ReplaceAll(fmt.Sprint(err), "domain/", ""), "\n")
	var others []string
	for _, line := range got {
		if !strings.HasSuffix(line, circle) {
			others = append(others, line)
		}
	}
	if strings.Join(others, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(others, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range []string{
		"sale/sale.go:21:16: Sale refers to user.User" + circle,
		"user/user.go:11:2: User refers to sale.Sale" + circle,
	} {
		if !strings.Contains(strings.Join(got, "\n"), line) {
			t.Errorf("got\n%s\nwant in it\n%s", strings.Join(got, "\n"), line)
		}
	}
}
