// Package stock says what there is to buy.
package stock

import (
	"errors"
	"regexp"
	"time"

	"example.com/shop/kit"
)

// Code is what is printed on a product.
type Code string

// Product is told apart by its code.
type Product struct {
	Name string
	Code Code
	//outgrow:unique
	Barcode  *string
	Parts    []Part
	Replaces *Code
	Stocked  time.Time
	Version  int64
}

// Part is what a product consists of.
type Part struct {
	ID     kit.UUID
	Name   string
	Weight int32
}

// Filter says which products are found.
type Filter struct {
	Code             *Code
	CodeIn           []Code
	CodeStartingWith *Code
	Name             *string
}

// Sort is the order in which they are found.
type Sort string

// The values of Sort.
const (
	SortName  Sort = "-stocked"
	SortCode  Sort = "code"
	SortCodes Sort = "-code"
)

// Valid reports whether s is one of the values of Sort.
func (s Sort) Valid() bool { return s == SortName || s == SortCode || s == SortCodes }

// Setting is told apart by its name, and has no version.
type Setting struct {
	Name  string
	Value string
}

// Country is a country by its code.
type Country struct{ code string }

var code = regexp.MustCompile(`^[A-Z]{2}$`)

// NewCountry returns the country with the code.
func NewCountry(code_ string) (Country, error) {
	if !code.MatchString(code_) {
		return Country{}, errors.New("a country has two capital letters")
	}
	return Country{code_}, nil
}

// String returns the code.
func (c Country) String() string { return c.code }

// Tax is what is paid in a country.
type Tax struct {
	Country Country
	Percent int32
	Version int64
}

// Number is what an invoice is called by.
type Number int64

// Invoice is told apart by its number.
type Invoice struct {
	Number   Number
	Corrects *Number
	Customer string
	Total    int32
	Version  int64
}

// InvoiceFilter says which invoices are found.
type InvoiceFilter struct {
	Customer          *string
	NumberGreaterThan *Number
	NumberIn          []Number
}

// InvoiceSort is the order in which they are found.
type InvoiceSort string

// The values of InvoiceSort.
const (
	SortNumber InvoiceSort = "-number"
	SortTotal  InvoiceSort = "total"
)

// Valid reports whether s is one of the values of InvoiceSort.
func (s InvoiceSort) Valid() bool { return s == SortNumber || s == SortTotal }

// Account is told apart by a number, and has no version.
type Account struct {
	ID    int64
	Owner string
	Rows  []Entry
	//outgrow:references stock.Invoice
	Opened Number
	//outgrow:references stock.Account
	Parent *int64
	//outgrow:references stock.Product
	Sells *Code
}

// Entry is a line of an account.
type Entry struct {
	Line   kit.UUID
	Amount int64
}

// Serial marshals itself.
type Serial struct{ Text string }

// MarshalText returns the text.
func (s Serial) MarshalText() ([]byte, error) { return []byte(s.Text), nil }

// UnmarshalText reads the text.
func (s *Serial) UnmarshalText(text []byte) error {
	s.Text = string(text)
	return nil
}

// Device is told apart by its serial number.
type Device struct {
	Serial  Serial
	Owner   string
	Model   Serial
	Country Country
	Batch   int
	Version int64
}
