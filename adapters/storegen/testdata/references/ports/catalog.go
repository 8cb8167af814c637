package ports

import (
	"context"
	"iter"

	"example.com/shop/domain/catalog"
	"example.com/shop/domain/customer"
	"example.com/shop/kit"
)

// CategoryStore keeps categories.
type CategoryStore interface {
	// Insert keeps a new category.
	Insert(ctx context.Context, c catalog.Category, events ...kit.Event) error
	// Get returns the category.
	Get(ctx context.Context, id catalog.ID) (catalog.Category, error)
	// Update replaces the category.
	Update(ctx context.Context, c catalog.Category, events ...kit.Event) error
	// Delete removes the category.
	Delete(ctx context.Context, id catalog.ID, events ...kit.Event) error
	// List returns a page of categories.
	List(ctx context.Context, page kit.Page) (kit.Listing[catalog.Category], error)
	// GetMany returns those of the categories that there are.
	GetMany(ctx context.Context, ids []catalog.ID) ([]catalog.Category, error)
	// InsertMany keeps new categories, parents before what they consist of.
	InsertMany(ctx context.Context, all []catalog.Category, events ...kit.Event) error
	// Upsert keeps a category.
	Upsert(ctx context.Context, c catalog.Category, events ...kit.Event) error
	// FindByParent finds what a category consists of.
	FindByParent(ctx context.Context, parent *catalog.ID, page kit.Page) (kit.Listing[catalog.Category], error)
	// FindByParentOrderByRank finds it in an order.
	FindByParentOrderByRank(ctx context.Context, parent *catalog.ID, page kit.Page) (kit.Listing[catalog.Category], error)
	// AllByParentIn returns what categories consist of.
	AllByParentIn(ctx context.Context, parents []catalog.ID) iter.Seq2[catalog.Category, error]
	// DeleteByName removes the categories of a name.
	DeleteByName(ctx context.Context, name string, events ...kit.Event) (int64, error)
	// DeleteByParentOrRank removes what a category consists of, and what is of a rank.
	DeleteByParentOrRank(ctx context.Context, parent *catalog.ID, rank int32) (int64, error)
}

// ProductStore keeps products.
type ProductStore interface {
	// Insert keeps a new product.
	Insert(ctx context.Context, p catalog.Product, events ...kit.Event) error
	// Get returns the product.
	Get(ctx context.Context, id kit.UUID) (catalog.Product, error)
	// Update replaces the product.
	Update(ctx context.Context, p catalog.Product, events ...kit.Event) error
	// Delete removes the product.
	Delete(ctx context.Context, id kit.UUID) error
}

// TermStore keeps terms.
type TermStore interface {
	// Insert keeps a new term.
	Insert(ctx context.Context, t catalog.Term, events ...kit.Event) error
	// Get returns the term.
	Get(ctx context.Context, code catalog.TermCode) (catalog.Term, error)
	// Update replaces the term.
	Update(ctx context.Context, t catalog.Term, events ...kit.Event) error
	// Delete removes the term.
	Delete(ctx context.Context, code catalog.TermCode, events ...kit.Event) error
	// List returns a page of terms.
	List(ctx context.Context, page kit.Page) (kit.Listing[catalog.Term], error)
	// InsertMany keeps new terms.
	InsertMany(ctx context.Context, all []catalog.Term) error
	// Find returns a page of the terms that a filter lets through.
	Find(ctx context.Context, filter catalog.TermFilter, sort catalog.TermSort, page kit.Page) (kit.Listing[catalog.Term], error)
	// DeleteByCountry removes the terms of a country.
	DeleteByCountry(ctx context.Context, country customer.CountryCode, events ...kit.Event) (int64, error)
}
