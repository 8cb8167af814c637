// Package order says what is bought.
package order

import (
	"example.com/shop/domain/customer"
	"example.com/shop/kit"
)

// Order is what a customer buys.
type Order struct {
	ID kit.UUID
	Parties
	Total   int64
	Version int64
}

// Parties are whom an order concerns.
type Parties struct {
	// Customer buys it.
	//
	//outgrow:references customer.Customer
	Customer customer.ID
	//outgrow:references customer.Customer
	PaidBy *customer.ID
	Agent  *kit.UUID //outgrow:references customer.Agent
}

// Revenue is what customers of a region have bought.
type Revenue struct {
	Region string
	Total  int64
}
