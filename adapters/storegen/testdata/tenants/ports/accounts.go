package ports

import (
	"context"
	"iter"

	"example.com/shop/domain/account"
	"example.com/shop/kit"
)

// UserStore keeps users.
type UserStore interface {
	// Insert keeps a new user.
	Insert(ctx context.Context, u account.User, events ...kit.Event) error
	// Get returns the user.
	Get(ctx context.Context, id account.UserID) (account.User, error)
	// Update replaces the user.
	Update(ctx context.Context, u account.User, events ...kit.Event) error
	// Delete removes the user.
	Delete(ctx context.Context, id account.UserID, events ...kit.Event) error
	// List returns a page of users.
	List(ctx context.Context, page kit.Page) (kit.Listing[account.User], error)
	// GetByEmail returns the user with the address.
	GetByEmail(ctx context.Context, email string) (account.User, error)
	// FindByEmail finds one.
	FindByEmail(ctx context.Context, email string, page kit.Page) (kit.Listing[account.User], error)
	// FindByBoss finds those who work for one.
	FindByBoss(ctx context.Context, boss *account.UserID, page kit.Page) (kit.Listing[account.User], error)
	// InsertMany keeps new users.
	InsertMany(ctx context.Context, all []account.User, events ...kit.Event) error
	// Upsert keeps a user.
	Upsert(ctx context.Context, u account.User, events ...kit.Event) error
	// DeleteByEmailStartingWith removes users.
	DeleteByEmailStartingWith(ctx context.Context, beginning string, events ...kit.Event) (int64, error)
}

// ProjectStore keeps projects.
type ProjectStore interface {
	// Insert keeps a new project.
	Insert(ctx context.Context, p account.Project, events ...kit.Event) error
	// Get returns the project.
	Get(ctx context.Context, id kit.UUID) (account.Project, error)
	// Update replaces the project.
	Update(ctx context.Context, p account.Project, events ...kit.Event) error
	// Delete removes the project.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of projects.
	List(ctx context.Context, page kit.Page) (kit.Listing[account.Project], error)
	// Find returns a page of the projects that a filter lets through.
	Find(ctx context.Context, filter account.Filter, sort account.Sort, page kit.Page) (kit.Listing[account.Project], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, ids []kit.UUID) ([]account.Project, error)
	// InsertMany keeps new projects.
	InsertMany(ctx context.Context, all []account.Project) error
	// Upsert keeps a project.
	Upsert(ctx context.Context, p account.Project, events ...kit.Event) error
	// FindByNameStartingWith finds by a beginning.
	FindByNameStartingWith(ctx context.Context, beginning string, page kit.Page) (kit.Listing[account.Project], error)
	// FindByNameOrTotal has an alternative.
	FindByNameOrTotal(ctx context.Context, name string, total int64, page kit.Page) (kit.Listing[account.Project], error)
	// ListOrderByTotalDesc sorts.
	ListOrderByTotalDesc(ctx context.Context, page kit.Page) (kit.Listing[account.Project], error)
	// ListOrderByIDDesc sorts.
	ListOrderByIDDesc(ctx context.Context, page kit.Page) (kit.Listing[account.Project], error)
	// FindByTotalBetween finds in an order.
	FindByTotalBetween(ctx context.Context, low, high int64, page kit.Page) (kit.Listing[account.Project], error)
	// GetByNameIn returns one.
	GetByNameIn(ctx context.Context, names []string) (account.Project, error)
	// Count counts.
	Count(ctx context.Context) (int64, error)
	// CountByName counts.
	CountByName(ctx context.Context, name string) (int64, error)
	// ExistsByTotal tells whether there is one.
	ExistsByTotal(ctx context.Context, total int64) (bool, error)
	// SumTotalByName adds up.
	SumTotalByName(ctx context.Context, name string) (int64, error)
	// CountPerName counts by name.
	CountPerName(ctx context.Context) (map[string]int64, error)
	// SumTotalPerNameByTotalLessThan adds up by name.
	SumTotalPerNameByTotalLessThan(ctx context.Context, total int64) (map[string]int64, error)
	// All returns every project.
	All(ctx context.Context) iter.Seq2[account.Project, error]
	// AllByName returns those of a name.
	AllByName(ctx context.Context, name string) iter.Seq2[account.Project, error]
	// NextRank returns a number that no project of the tenant has had.
	NextRank(ctx context.Context) (int64, error)
	// DeleteByTotalLessThan removes projects.
	DeleteByTotalLessThan(ctx context.Context, total int64) (int64, error)
}

// CountryStore keeps countries, which all tenants have.
type CountryStore interface {
	// Insert keeps a new country.
	Insert(ctx context.Context, c account.Country, events ...kit.Event) error
	// Get returns the country.
	Get(ctx context.Context, code string) (account.Country, error)
	// Delete removes the country.
	Delete(ctx context.Context, code string) error
}

// BoardStore keeps boards.
type BoardStore interface {
	// Insert keeps a new board.
	Insert(ctx context.Context, b account.Board, events ...kit.Event) error
	// Get returns the board.
	Get(ctx context.Context, id kit.UUID) (account.Board, error)
	// Update replaces the board.
	Update(ctx context.Context, b account.Board, events ...kit.Event) error
	// Delete removes the board.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of boards.
	List(ctx context.Context, page kit.Page) (kit.Listing[account.Board], error)
	// Upsert keeps a board.
	Upsert(ctx context.Context, b account.Board, events ...kit.Event) error
	// FindByCardsTitle finds by what is in the list.
	FindByCardsTitle(ctx context.Context, title string, page kit.Page) (kit.Listing[account.Board], error)
}

// PartStore keeps parts.
type PartStore interface {
	// Insert keeps a new part.
	Insert(ctx context.Context, p account.Part, events ...kit.Event) error
	// Get returns the part.
	Get(ctx context.Context, code account.Code) (account.Part, error)
	// Update replaces the part.
	Update(ctx context.Context, p account.Part, events ...kit.Event) error
	// Delete removes the part.
	Delete(ctx context.Context, code account.Code, events ...kit.Event) error
	// List returns a page of parts.
	List(ctx context.Context, page kit.Page) (kit.Listing[account.Part], error)
	// Find returns a page of the parts that a filter lets through.
	Find(ctx context.Context, filter account.PartFilter, sort account.Sort, page kit.Page) (kit.Listing[account.Part], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, codes []account.Code) ([]account.Part, error)
	// InsertMany keeps new parts.
	InsertMany(ctx context.Context, all []account.Part, events ...kit.Event) error
	// Upsert keeps a part.
	Upsert(ctx context.Context, p account.Part, events ...kit.Event) error
	// ListOrderByTotalDesc sorts.
	ListOrderByTotalDesc(ctx context.Context, page kit.Page) (kit.Listing[account.Part], error)
	// ListOrderByCodeDesc sorts.
	ListOrderByCodeDesc(ctx context.Context, page kit.Page) (kit.Listing[account.Part], error)
	// FindByCardsTitle finds by what is in a list.
	FindByCardsTitle(ctx context.Context, title string, page kit.Page) (kit.Listing[account.Part], error)
	// FindByTotalLessThan finds in an order.
	FindByTotalLessThan(ctx context.Context, total int64, page kit.Page) (kit.Listing[account.Part], error)
	// GetByName returns the part with the name.
	GetByName(ctx context.Context, name string) (account.Part, error)
	// All returns every part.
	All(ctx context.Context) iter.Seq2[account.Part, error]
	// DeleteByTotalLessThan removes parts.
	DeleteByTotalLessThan(ctx context.Context, total int64, events ...kit.Event) (int64, error)
}

// InvoiceStore keeps invoices.
type InvoiceStore interface {
	// Insert keeps a new invoice.
	Insert(ctx context.Context, i account.Invoice, events ...kit.Event) error
	// Get returns the invoice.
	Get(ctx context.Context, number account.Number) (account.Invoice, error)
	// Update replaces the invoice.
	Update(ctx context.Context, i account.Invoice) error
	// Delete removes the invoice.
	Delete(ctx context.Context, number account.Number, events ...kit.Event) error
	// List returns a page of invoices.
	List(ctx context.Context, page kit.Page) (kit.Listing[account.Invoice], error)
	// InsertMany keeps new invoices.
	InsertMany(ctx context.Context, all []account.Invoice) error
	// Upsert keeps an invoice.
	Upsert(ctx context.Context, i account.Invoice) error
	// NextNumber returns a number that no invoice has had.
	NextNumber(ctx context.Context) (account.Number, error)
	// FindByPart finds those of a part.
	FindByPart(ctx context.Context, part account.Code, page kit.Page) (kit.Listing[account.Invoice], error)
	// ListOrderByTotal sorts.
	ListOrderByTotal(ctx context.Context, page kit.Page) (kit.Listing[account.Invoice], error)
	// DeleteByTotalLessThan removes invoices.
	DeleteByTotalLessThan(ctx context.Context, total int64) (int64, error)
}

// DeviceStore keeps devices.
type DeviceStore interface {
	// Insert keeps a new device.
	Insert(ctx context.Context, d account.Device, events ...kit.Event) error
	// Get returns the device.
	Get(ctx context.Context, serial account.Serial) (account.Device, error)
	// Update replaces the device.
	Update(ctx context.Context, d account.Device, events ...kit.Event) error
	// Delete removes the device.
	Delete(ctx context.Context, serial account.Serial) error
	// List returns a page of devices.
	List(ctx context.Context, page kit.Page) (kit.Listing[account.Device], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, serials []account.Serial) ([]account.Device, error)
	// Upsert keeps a device.
	Upsert(ctx context.Context, d account.Device, events ...kit.Event) error
	// ListOrderByMadeDesc sorts.
	ListOrderByMadeDesc(ctx context.Context, page kit.Page) (kit.Listing[account.Device], error)
}
