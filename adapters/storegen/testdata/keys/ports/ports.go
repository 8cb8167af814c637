package ports

import (
	"context"

	"example.com/shop/domain/customer"
	"example.com/shop/domain/note"
	"example.com/shop/kit"
)

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
	// GetMany returns those that there are.
	GetMany(ctx context.Context, ids []customer.ID) ([]customer.Customer, error)
	// InsertMany keeps new customers.
	InsertMany(ctx context.Context, all []customer.Customer, events ...kit.Event) error
	// Upsert keeps a customer.
	Upsert(ctx context.Context, c customer.Customer, events ...kit.Event) error
	// FindByLegacy finds those of an ID of another type.
	FindByLegacy(ctx context.Context, legacy customer.LegacyID, page kit.Page) (kit.Listing[customer.Customer], error)
	// FindByReferrerIn finds those that were referred by one of several.
	FindByReferrerIn(ctx context.Context, referrers []customer.ID, page kit.Page) (kit.Listing[customer.Customer], error)
	// CountByReferrer counts also those that nobody has referred.
	CountByReferrer(ctx context.Context, referrer *customer.ID) (int64, error)
	// ListOrderByIDDesc returns the latest first.
	ListOrderByIDDesc(ctx context.Context, page kit.Page) (kit.Listing[customer.Customer], error)
}

// NoteStore keeps notes.
type NoteStore interface {
	// Insert keeps a new note.
	Insert(ctx context.Context, n note.Note, events ...kit.Event) error
	// Get returns the note.
	Get(ctx context.Context, id kit.UUID) (note.Note, error)
	// Update replaces the note, whatever it has become.
	Update(ctx context.Context, n note.Note, events ...kit.Event) error
	// Delete removes the note.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of notes.
	List(ctx context.Context, page kit.Page) (kit.Listing[note.Note], error)
	// Upsert keeps a note.
	Upsert(ctx context.Context, n note.Note, events ...kit.Event) error
	// FindByCustomer finds the notes on a customer.
	FindByCustomer(ctx context.Context, c customer.ID, page kit.Page) (kit.Listing[note.Note], error)
}

// MarkStore keeps marks, which nothing can change.
type MarkStore interface {
	// Insert keeps a new mark.
	Insert(ctx context.Context, m note.Mark, events ...kit.Event) error
	// Get returns the mark.
	Get(ctx context.Context, id note.MarkID) (note.Mark, error)
	// Update tells of it.
	Update(ctx context.Context, m note.Mark, events ...kit.Event) error
	// Delete removes the mark.
	Delete(ctx context.Context, id note.MarkID) error
	// Upsert keeps a mark.
	Upsert(ctx context.Context, m note.Mark) error
}
