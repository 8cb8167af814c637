// Package user says what a user is.
package user

import (
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
