// Package order is the domain of the example.
package order

import "github.com/outgrowkit/outgrow/templates/kit"

// Order is an order.
type Order struct {
	ID       kit.UUID
	Customer string
	Total    int64 // in cents
	Version  int64
}

// Created reports a new order.
type Created struct{ Order Order }

// Topic returns "order.created".
func (Created) Topic() string { return "order.created" }

// Key returns the ID of the order.
func (e Created) Key() string { return e.Order.ID.String() }

// Confirmed reports that an order was confirmed.
type Confirmed struct{ ID kit.UUID }

// Topic returns "order.confirmed".
func (Confirmed) Topic() string { return "order.confirmed" }

// Key returns the ID of the order.
func (e Confirmed) Key() string { return e.ID.String() }
