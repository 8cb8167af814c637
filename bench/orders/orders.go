// Package orders is what services written by hand share: the same orders, tables and
// settings of databases as a generated project has, with database/sql and nothing
// between.
package orders

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Order is an order.
type Order struct {
	ID        uuid.UUID `json:"id"`
	Customer  string    `json:"customer"`
	Total     int64     `json:"total"`
	Notes     *string   `json:"notes"`
	Status    string    `json:"status"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Details are what one sends to make an order.
type Details struct {
	Customer string  `json:"customer"`
	Total    int64   `json:"total"`
	Notes    *string `json:"notes"`
	Status   string  `json:"status"`
}

// Page is a page of a list.
type Page struct {
	Items []Order    `json:"items"`
	Next  *uuid.UUID `json:"next,omitempty"`
}

// ErrNotFound tells that there is no order of the identifier.
var ErrNotFound = errors.New("there is no such order")

// New returns a new order.
func New(d Details) (Order, error) {
	id, err := uuid.NewV7()
	now := time.Now().UTC().Truncate(time.Microsecond)
	return Order{
		ID: id, Customer: d.Customer, Total: d.Total, Notes: d.Notes, Status: d.Status,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}, err
}

// Wrong returns what is wrong with the details, by field; nil for nothing.
func (d Details) Wrong() map[string]string {
	var wrong map[string]string
	add := func(field, message string) {
		if wrong == nil {
			wrong = map[string]string{}
		}
		wrong[field] = message
	}
	if strings.TrimSpace(d.Customer) == "" || utf8.RuneCountInString(d.Customer) > 200 || strings.ContainsFunc(d.Customer, unicode.IsControl) {
		add("customer", "must be a line of 1 to 200 characters")
	}
	if d.Notes != nil && (strings.TrimSpace(*d.Notes) == "" || utf8.RuneCountInString(*d.Notes) > 10_000) {
		add("notes", "must have 1 to 10,000 characters")
	}
	if d.Status != "draft" && d.Status != "paid" && d.Status != "sent" {
		add("status", "must be one of draft, paid, sent")
	}
	return wrong
}
