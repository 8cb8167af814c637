package gosource_test

import (
	"strings"
	"testing"
)

// TestTenant reads the directive above a field, also of one that is embedded.
func TestTenant(t *testing.T) {
	p, err := read(t, map[string]string{
		"ports/ports.go": referringStores, "domain/user/user.go": strings.Replace(referredUser, "//outgrow:references sale.Sale", "// It is of any tenant.", 1),
		"domain/sale/sale.go": `package sale

import "example.com/shop/kit"

type TenantID string

type Sale struct {
	ID kit.UUID
	Details
}

type Details struct {
	//outgrow:tenant
	Of TenantID
}
`})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range p.Services {
		got[s.Entity.Name.Name] = s.Entity.Tenant
	}
	if got["Sale"] != "Of" || got["User"] != "" {
		t.Errorf("read %q", got)
	}
}

// TestTenantIsRefused shows what is said of directives that make no sense.
func TestTenantIsRefused(t *testing.T) {
	_, err := read(t, map[string]string{
		"ports/ports.go": referringStores,
		"domain/user/user.go": `package user

import "example.com/shop/kit"

type User struct {
	ID kit.UUID
	Number int64 //outgrow:tenant
	Maybe *string //outgrow:tenant
	Level Level //outgrow:tenant
	Tenant string //outgrow:tenant
	Second string //outgrow:tenant
	Third string //outgrow:tenant of mine
	Fourth string //outgrow:unique
}

type Level string

const Low Level = "low"

func (l Level) Valid() bool { return l == Low }

//outgrow:tenant
type Place struct{ ID kit.UUID }
`,
		"domain/sale/sale.go": `package sale

import "example.com/shop/kit"

//outgrow:unique Tenant, Buyer
type Sale struct {
	ID kit.UUID
	Buyer kit.UUID //outgrow:references user.User
	Tenant string
}
`})
	const (
		text   = "; declare a field of its own for it, as in Tenant string"
		second = "User has two fields that say of which tenant it is; remove one of the directives"
	)
	want := []string{
		"sale/sale.go:8:17: Buyer refers to what has a tenant, and Sale has none; give it one, with //outgrow:tenant above a field",
		"user/user.go:7:15: Number cannot say of which tenant User is: it is not a string, or it is the key" + text,
		"user/user.go:8:16: Maybe cannot say of which tenant User is: it is not a string, or it is the key" + text,
		"user/user.go:9:14: Level cannot say of which tenant User is: it is not a string, or it is the key" + text,
		"user/user.go:11:16: " + second,
		"user/user.go:12:15: //outgrow:tenant takes nothing; remove what follows it",
		"user/user.go:22:1: this directive has no effect here; put it into the comment above a text of a struct that a store in package ports keeps, such as Tenant string",
	}
	for i := range want {
		want[i] = "domain/" + want[i]
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}
