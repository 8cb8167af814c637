// Package email says what addresses are.
package email

import (
	"errors"
	"strings"
)

// Email is an address.
type Email struct{ address string }

// New returns an address, in lower case.
func New(address string) (Email, error) {
	if !strings.Contains(address, "@") {
		return Email{}, errors.New("an address has an @")
	}
	return Email{strings.ToLower(address)}, nil
}

// Address returns the address.
func (e Email) Address() string { return e.address }
