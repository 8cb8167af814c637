// Package invoice says what an invoice is.
package invoice

import (
	"fmt"
	"math/big"

	"example.com/shop/domain/email"
	"example.com/shop/domain/money"
	"example.com/shop/kit"
)

// Invoice is an invoice as it stands.
type Invoice struct {
	ID       kit.UUID
	Total    money.Money
	Discount *money.Money
	Parts    []money.Money
	Rates    map[string]money.Rate
	Details  Details
	To       email.Email
	Copy     *email.Email
	Unit     money.Unit
	Number   Number
	Weight   big.Int
	Version  int64
}

// Details are a struct with values in it.
type Details struct {
	Deposit *money.Money
	Others  []email.Email
}

// Number is the number of an invoice, which has no zero value, and writes with a pointer.
type Number struct{ year, number int }

// The first of each year.
var (
	First2025 = Number{2025, 1}
	First2026 = Number{2026, 1}
)

// MarshalText returns the number as printed.
func (n *Number) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "No. %d/%d", n.number, n.year), nil
}

// UnmarshalText reads a number as printed.
func (n *Number) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "No. %d/%d", &n.number, &n.year)
	if err == nil && n.year < 2000 {
		err = fmt.Errorf("there are no invoices of %d", n.year)
	}
	return err
}

// Sent tells that an invoice was sent.
type Sent struct{ Invoice Invoice }

// Topic returns the topic of the event.
func (Sent) Topic() string { return "invoice.sent" }

// Key returns the ID of the invoice.
func (e Sent) Key() string { return e.Invoice.ID.String() }
