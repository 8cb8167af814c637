// Package note says what a note is.
package note

import (
	"example.com/shop/domain/customer"
	"example.com/shop/kit"
)

// Note has no version: who writes last is right.
type Note struct {
	ID       kit.UUID
	Customer customer.ID
	//outgrow:unique
	Text string
}

// MarkID is the ID of a mark.
type MarkID kit.UUID

// Mark is all there is to say.
type Mark struct{ ID MarkID }
