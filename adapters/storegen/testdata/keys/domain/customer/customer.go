// Package customer says who a customer is.
package customer

import "example.com/shop/kit"

// ID is the ID of a customer, and of nothing else.
type ID kit.UUID

// String returns the usual form of a UUID.
func (id ID) String() string { return kit.UUID(id).String() }

// LegacyID is declared from another one.
type LegacyID ID

// Customer is one who buys.
type Customer struct {
	ID ID
	//outgrow:unique
	Name     string
	Referrer *ID
	Friends  []ID
	Legacy   LegacyID
	Version  int64
}
