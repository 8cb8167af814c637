package ports

import (
	"context"

	"example.com/shop/domain/customer"
	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// CountryStore keeps countries.
type CountryStore interface {
	// Insert keeps a new country.
	Insert(ctx context.Context, c customer.Country, events ...kit.Event) error
	// Get returns the country.
	Get(ctx context.Context, code customer.CountryCode) (customer.Country, error)
	// Delete removes the country.
	Delete(ctx context.Context, code customer.CountryCode, events ...kit.Event) error
}

// RegionStore keeps regions.
type RegionStore interface {
	// Insert keeps a new region.
	Insert(ctx context.Context, r customer.Region, events ...kit.Event) error
	// Get returns the region.
	Get(ctx context.Context, id kit.UUID) (customer.Region, error)
	// Delete removes the region.
	Delete(ctx context.Context, id kit.UUID) error
	// DeleteByName removes the region of a name.
	DeleteByName(ctx context.Context, name string, events ...kit.Event) (int64, error)
}

// CustomerStore keeps customers.
type CustomerStore interface {
	// Insert keeps a new customer.
	Insert(ctx context.Context, c customer.Customer, events ...kit.Event) error
	// Get returns the customer.
	Get(ctx context.Context, id customer.ID) (customer.Customer, error)
	// Update replaces the customer.
	Update(ctx context.Context, c customer.Customer, events ...kit.Event) error
	// Delete removes the customer.
	Delete(ctx context.Context, id customer.ID, events ...kit.Event) error
	// List returns a page of customers.
	List(ctx context.Context, page kit.Page) (kit.Listing[customer.Customer], error)
	// FindByRegion finds those of a region.
	FindByRegion(ctx context.Context, region kit.UUID, page kit.Page) (kit.Listing[customer.Customer], error)
}

// AgentStore keeps agents.
type AgentStore interface {
	// Insert keeps a new agent.
	Insert(ctx context.Context, a customer.Agent, events ...kit.Event) error
	// Get returns the agent.
	Get(ctx context.Context, id kit.UUID) (customer.Agent, error)
	// Update replaces the agent.
	Update(ctx context.Context, a customer.Agent, events ...kit.Event) error
}

// OrderStore keeps orders.
type OrderStore interface {
	// Insert keeps a new order.
	Insert(ctx context.Context, o order.Order, events ...kit.Event) error
	// Get returns the order.
	Get(ctx context.Context, id kit.UUID) (order.Order, error)
	// Update replaces the order.
	Update(ctx context.Context, o order.Order, events ...kit.Event) error
	// Delete removes the order.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of orders.
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	// InsertMany keeps new orders.
	InsertMany(ctx context.Context, all []order.Order, events ...kit.Event) error
	// Upsert keeps an order.
	Upsert(ctx context.Context, o order.Order, events ...kit.Event) error
	// FindByCustomer finds the orders of a customer.
	FindByCustomer(ctx context.Context, c customer.ID, page kit.Page) (kit.Listing[order.Order], error)
	// CountByPaidBy counts also those that nobody has paid.
	CountByPaidBy(ctx context.Context, c *customer.ID) (int64, error)
	// SumTotalPerCustomerByTotalGreaterThan adds up what customers have bought.
	SumTotalPerCustomerByTotalGreaterThan(ctx context.Context, total int64) (map[customer.ID]int64, error)
	// DeleteByCustomer removes the orders of a customer.
	DeleteByCustomer(ctx context.Context, c customer.ID, events ...kit.Event) (int64, error)
}
