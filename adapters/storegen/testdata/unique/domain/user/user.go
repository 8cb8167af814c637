// Package user says what a user is.
package user

import (
	"strings"
	"time"

	"example.com/shop/kit"
)

// User is somebody at a tenant.
//
//outgrow:unique Tenant, Number
type User struct {
	ID kit.UUID
	Details
	Version   int64
	CreatedAt time.Time
}

// Details are what a user says.
//
//outgrow:unique Role, Seat
type Details struct {
	Tenant string
	Number int32
	//outgrow:unique
	Email string
	// Nickname is optional.
	//
	//outgrow:unique
	Nickname *string
	Role     Role
	Seat     *uint16
	Badge    kit.UUID   //outgrow:unique
	JoinedAt *time.Time //outgrow:unique
	Home     Address    //outgrow:unique
	Work     *Address   //outgrow:unique
}

// Address is where a user is reached.
type Address struct{ text string }

// MarshalText returns the address as it is written.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.text), nil }

// UnmarshalText reads an address, which has an @ in it.
func (a *Address) UnmarshalText(text []byte) error {
	a.text = string(text)
	if !strings.Contains(a.text, "@") {
		return kit.Errorf(kit.Invalid, "%q has no @", a.text)
	}
	return nil
}

// Role is one of the values below.
type Role string

// The values of Role.
const (
	RoleGuest Role = "guest"
	RoleOwner Role = "owner"
)

// Valid reports whether r is one of the values of Role.
func (r Role) Valid() bool { return r == RoleGuest || r == RoleOwner }
