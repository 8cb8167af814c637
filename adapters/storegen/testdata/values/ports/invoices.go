// Package ports says what the invoices need.
package ports

import (
	"context"

	"example.com/shop/domain/invoice"
	"example.com/shop/kit"
)

// Invoices is what clients do with invoices.
//
//outgrow:http /invoices
type Invoices interface {
	// Create makes an invoice.
	Create(ctx context.Context, d invoice.Details) (invoice.Invoice, error)
}

// InvoiceStore keeps invoices.
type InvoiceStore interface {
	Insert(ctx context.Context, i invoice.Invoice, events ...kit.Event) error
	Get(ctx context.Context, id kit.UUID) (invoice.Invoice, error)
	Update(ctx context.Context, i invoice.Invoice, events ...kit.Event) error
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	List(ctx context.Context, page kit.Page) (kit.Listing[invoice.Invoice], error)
}
