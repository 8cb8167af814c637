// Package product says what there is to buy.
package product

// Code is printed on a product.
type Code string

// Product is told apart by its code.
type Product struct {
	Code    Code
	Name    string
	Version int64
}

// Patch changes a product.
type Patch struct {
	Name *string
}
