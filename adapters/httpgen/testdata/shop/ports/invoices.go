package ports

import (
	"context"

	"example.com/shop/domain/invoice"
	"example.com/shop/kit"
)

// Invoices is what the application offers to do with invoices.
//
//outgrow:http /invoices
type Invoices interface {
	// Get returns the invoice with the number.
	Get(ctx context.Context, number invoice.Number) (invoice.Invoice, error)
	// Page returns a page of a printed invoice.
	//
	//outgrow:http GET /invoices/{number}/pages/{page}
	Page(ctx context.Context, number invoice.Number, page uint8) (invoice.Invoice, error)
}

// InvoiceStore keeps invoices.
type InvoiceStore interface {
	// Insert keeps a new invoice.
	Insert(ctx context.Context, i invoice.Invoice, events ...kit.Event) error
	// Get returns the invoice with the number.
	Get(ctx context.Context, number invoice.Number) (invoice.Invoice, error)
}
