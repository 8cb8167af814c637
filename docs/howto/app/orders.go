// Package app is the use cases and the subscribers of the example.
package app

import (
	"context"

	"github.com/outgrowkit/outgrow/docs/howto/domain/order"
	"github.com/outgrowkit/outgrow/docs/howto/ports"
	"github.com/outgrowkit/outgrow/templates/kit"
)

// OrdersConfig configures the use cases of orders.
type OrdersConfig struct {
	MaxTotal int64 // of an order, in cents
}

// Check reports values that are out of range.
func (c OrdersConfig) Check(report func(field, problem string)) {
	if c.MaxTotal <= 0 {
		report("MaxTotal", "must be more than 0")
	}
}

// Orders does with orders what ports.Orders promises.
type Orders struct {
	config OrdersConfig
	store  ports.OrderStore
}

// NewOrders returns the use cases of orders.
func NewOrders(c OrdersConfig, store ports.OrderStore) *Orders {
	return &Orders{config: c, store: store}
}

// Create makes a new order.
func (o *Orders) Create(ctx context.Context, customer string, total int64) (order.Order, error) {
	if total > o.config.MaxTotal {
		return order.Order{}, kit.Errorf(kit.Invalid, "the total must be at most %d", o.config.MaxTotal)
	}
	made := order.Order{ID: kit.NewUUID(), Customer: customer, Total: total, Version: 1}
	return made, o.store.Insert(ctx, made, order.Created{Order: made})
}
