package ports

import (
	"context"

	"example.com/shop/domain/product"
	"example.com/shop/kit"
)

// Products is what the application offers to do with products.
//
//outgrow:http /products
type Products interface {
	// Create adds a product.
	Create(ctx context.Context, p product.Product) (product.Product, error)
	// Get returns the product with the code.
	Get(ctx context.Context, code product.Code) (product.Product, error)
	// List returns a page of products in the order of their codes.
	List(ctx context.Context, page kit.Page) (kit.Listing[product.Product], error)
	// Rename gives a product another name.
	Rename(ctx context.Context, code product.Code, version int64, name string) (product.Product, error)
	// Patch changes what the patch names.
	Patch(ctx context.Context, code product.Code, version int64, patch product.Patch) (product.Product, error)
	// Delete removes the product.
	Delete(ctx context.Context, code product.Code) error
}

// ProductStore keeps products.
type ProductStore interface {
	// Insert keeps a new product.
	Insert(ctx context.Context, p product.Product, events ...kit.Event) error
	// Get returns the product with the code.
	Get(ctx context.Context, code product.Code) (product.Product, error)
}
