// Package money says what amounts of money are.
package money

import (
	"errors"
	"fmt"
	"strings"
)

// Money is an amount in a currency.
type Money struct {
	amount   int64
	currency string
}

// New returns an amount, in the smallest unit of the currency.
func New(amount int64, currency string) (Money, error) {
	if len(currency) != 3 || strings.ToUpper(currency) != currency {
		return Money{}, fmt.Errorf("%q is not the code of a currency", currency)
	}
	return Money{amount, currency}, nil
}

// Amount returns how much it is.
func (m Money) Amount() int64 { return m.amount }

// Currency returns the code of the currency.
func (m Money) Currency() string { return m.currency }

// Rate is a price for each unit: a value of values.
type Rate struct {
	price Money
	per   Unit
	note  *string
}

// NewRate returns a rate. It cannot fail.
func NewRate(price Money, per Unit, note *string) Rate { return Rate{price, per, note} }

// MustRate is what nobody should call to read a rate.
func MustRate(price Money) Rate { return Rate{price: price} }

// Price returns the price.
func (r Rate) Price() Money { return r.price }

// Per returns the unit.
func (r Rate) Per() Unit { return r.per }

// Note returns what was agreed on.
func (r *Rate) Note() *string { return r.note }

// Unit is one of the units below, whose texts nobody guesses.
type Unit struct{ code string }

// The units.
var (
	Piece    = Unit{"unit/piece"}
	Kilogram = Unit{"unit/kilogram"}
)

// NewUnitFromString returns the unit of the code.
func NewUnitFromString(text string) (Unit, error) {
	if text == Piece.code || text == Kilogram.code {
		return Unit{text}, nil
	}
	return Unit{}, errors.New("there is no such unit")
}

// String returns the code.
func (u Unit) String() string { return u.code }
