// Package ticket has an ID of its own type, and no version.
package ticket

import "example.com/shop/kit"

// ID is the ID of a ticket.
type ID kit.UUID

// Ticket is what one asks for.
type Ticket struct {
	ID      ID
	Parent  *ID
	Blocks  []ID
	Subject string
}
