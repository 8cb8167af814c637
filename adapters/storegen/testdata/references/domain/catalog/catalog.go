// Package catalog says what there is, and where it is found.
package catalog

import (
	"example.com/shop/domain/customer"
	"example.com/shop/kit"
)

// ID is the ID of a category.
type ID kit.UUID

// Category is what products are found under. A tree consists of them.
//
//outgrow:unique Parent, Name
type Category struct {
	ID ID
	// Parent is the category that this one is a part of.
	//
	//outgrow:references Category
	Parent  *ID
	Name    string
	Rank    int32
	Version int64
}

// Product is what is found under a category.
type Product struct {
	ID       kit.UUID
	Category ID         //outgrow:references Category
	Follows  *kit.UUID  //outgrow:references Product
	About    []TermCode // not looked at
}

// TermCode is what tells terms apart.
type TermCode string

// Term is what products are described by, in a country.
type Term struct {
	Code TermCode
	Sense
	Version int64
}

// Sense is what a term means.
type Sense struct {
	Broader *TermCode            //outgrow:references Term
	Instead *string              //outgrow:references Term
	Country customer.CountryCode //outgrow:references customer.Country
	Text    string
}

// TermFilter says which terms are found.
type TermFilter struct {
	Broader   *TermCode
	CountryIn []customer.CountryCode
}

// TermSort is the order of terms.
type TermSort string

// The values of TermSort.
const TermSortOldest TermSort = "version"

// Valid reports whether s is one of them.
func (s TermSort) Valid() bool { return s == TermSortOldest }
