package ports

import (
	"context"
	"iter"

	"example.com/shop/domain/stock"
	"example.com/shop/kit"
)

// ProductStore keeps products.
type ProductStore interface {
	// Insert keeps a new product.
	Insert(ctx context.Context, p stock.Product, events ...kit.Event) error
	// Get returns the product with the code.
	Get(ctx context.Context, code stock.Code) (stock.Product, error)
	// Update replaces the product.
	Update(ctx context.Context, p stock.Product, events ...kit.Event) error
	// Delete removes the product.
	Delete(ctx context.Context, code stock.Code, events ...kit.Event) error
	// List returns a page of products in the order of their codes.
	List(ctx context.Context, page kit.Page) (kit.Listing[stock.Product], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, codes []stock.Code) ([]stock.Product, error)
	// InsertMany keeps new products.
	InsertMany(ctx context.Context, all []stock.Product, events ...kit.Event) error
	// Upsert keeps a product.
	Upsert(ctx context.Context, p stock.Product, events ...kit.Event) error
	// FindByName finds those of a name.
	FindByName(ctx context.Context, name string, page kit.Page) (kit.Listing[stock.Product], error)
	// FindByCodeStartingWith finds those of a kind.
	FindByCodeStartingWith(ctx context.Context, code stock.Code, page kit.Page) (kit.Listing[stock.Product], error)
	// FindByCodeInOrReplaces finds what can be bought instead.
	FindByCodeInOrReplaces(ctx context.Context, codes []stock.Code, replaces stock.Code, page kit.Page) (kit.Listing[stock.Product], error)
	// FindByPartsName finds those with a part.
	FindByPartsName(ctx context.Context, name string, page kit.Page) (kit.Listing[stock.Product], error)
	// ListOrderByCodeDesc returns the last first.
	ListOrderByCodeDesc(ctx context.Context, page kit.Page) (kit.Listing[stock.Product], error)
	// ListOrderByStocked returns the oldest first.
	ListOrderByStocked(ctx context.Context, page kit.Page) (kit.Listing[stock.Product], error)
	// Find finds what the filter asks for.
	Find(ctx context.Context, filter stock.Filter, sort stock.Sort, page kit.Page) (kit.Listing[stock.Product], error)
	// DeleteByName removes those of a name.
	DeleteByName(ctx context.Context, name string, events ...kit.Event) (int64, error)
}

// SettingStore keeps settings.
type SettingStore interface {
	// Insert keeps a new setting.
	Insert(ctx context.Context, s stock.Setting, events ...kit.Event) error
	// Get returns the setting.
	Get(ctx context.Context, name string) (stock.Setting, error)
	// Update replaces the setting.
	Update(ctx context.Context, s stock.Setting, events ...kit.Event) error
	// Delete removes the setting.
	Delete(ctx context.Context, name string) error
	// List returns a page of settings.
	List(ctx context.Context, page kit.Page) (kit.Listing[stock.Setting], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, names []string) ([]stock.Setting, error)
	// InsertMany keeps new settings.
	InsertMany(ctx context.Context, all []stock.Setting, events ...kit.Event) error
	// Upsert keeps a setting.
	Upsert(ctx context.Context, s stock.Setting, events ...kit.Event) error
}

// TaxStore keeps taxes.
type TaxStore interface {
	// Insert keeps a new tax.
	Insert(ctx context.Context, t stock.Tax, events ...kit.Event) error
	// Get returns the tax of a country.
	Get(ctx context.Context, country stock.Country) (stock.Tax, error)
	// Update replaces the tax.
	Update(ctx context.Context, t stock.Tax, events ...kit.Event) error
	// Delete removes the tax.
	Delete(ctx context.Context, country stock.Country, events ...kit.Event) error
	// List returns a page of taxes.
	List(ctx context.Context, page kit.Page) (kit.Listing[stock.Tax], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, countries []stock.Country) ([]stock.Tax, error)
}

// InvoiceStore keeps invoices.
type InvoiceStore interface {
	// Insert keeps a new invoice.
	Insert(ctx context.Context, i stock.Invoice, events ...kit.Event) error
	// Get returns the invoice with the number.
	Get(ctx context.Context, number stock.Number) (stock.Invoice, error)
	// Update replaces the invoice.
	Update(ctx context.Context, i stock.Invoice, events ...kit.Event) error
	// Delete removes the invoice.
	Delete(ctx context.Context, number stock.Number, events ...kit.Event) error
	// List returns a page of invoices in the order of their numbers.
	List(ctx context.Context, page kit.Page) (kit.Listing[stock.Invoice], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, numbers []stock.Number) ([]stock.Invoice, error)
	// InsertMany keeps new invoices.
	InsertMany(ctx context.Context, all []stock.Invoice, events ...kit.Event) error
	// Upsert keeps an invoice.
	Upsert(ctx context.Context, i stock.Invoice, events ...kit.Event) error
	// FindByNumberBetween finds those from one to another.
	FindByNumberBetween(ctx context.Context, from, to stock.Number, page kit.Page) (kit.Listing[stock.Invoice], error)
	// FindByCustomer finds those of a customer.
	FindByCustomer(ctx context.Context, customer string, page kit.Page) (kit.Listing[stock.Invoice], error)
	// ListOrderByNumberDesc returns the last first.
	ListOrderByNumberDesc(ctx context.Context, page kit.Page) (kit.Listing[stock.Invoice], error)
	// ListOrderByTotal returns the cheapest first.
	ListOrderByTotal(ctx context.Context, page kit.Page) (kit.Listing[stock.Invoice], error)
	// Find finds what the filter asks for.
	Find(ctx context.Context, filter stock.InvoiceFilter, sort stock.InvoiceSort, page kit.Page) (kit.Listing[stock.Invoice], error)
	// All returns all.
	All(ctx context.Context) iter.Seq2[stock.Invoice, error]
	// NextNumber returns a number that no invoice has.
	NextNumber(ctx context.Context) (stock.Number, error)
}

// AccountStore keeps accounts.
type AccountStore interface {
	// Insert keeps a new account.
	Insert(ctx context.Context, a stock.Account, events ...kit.Event) error
	// Get returns the account.
	Get(ctx context.Context, id int64) (stock.Account, error)
	// Update replaces the account.
	Update(ctx context.Context, a stock.Account, events ...kit.Event) error
	// Delete removes the account.
	Delete(ctx context.Context, id int64) error
	// List returns a page of accounts.
	List(ctx context.Context, page kit.Page) (kit.Listing[stock.Account], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, ids []int64) ([]stock.Account, error)
	// NextID returns an ID that no account has.
	NextID(ctx context.Context) (int64, error)
}

// DeviceStore keeps devices.
type DeviceStore interface {
	// Insert keeps a new device.
	Insert(ctx context.Context, d stock.Device, events ...kit.Event) error
	// Get returns the device.
	Get(ctx context.Context, serial stock.Serial) (stock.Device, error)
	// Update replaces the device.
	Update(ctx context.Context, d stock.Device, events ...kit.Event) error
	// Delete removes the device.
	Delete(ctx context.Context, serial stock.Serial, events ...kit.Event) error
	// List returns a page of devices.
	List(ctx context.Context, page kit.Page) (kit.Listing[stock.Device], error)
	// GetMany returns those that there are.
	GetMany(ctx context.Context, serials []stock.Serial) ([]stock.Device, error)
	// CountPerModel counts those of each model.
	CountPerModel(ctx context.Context) (map[stock.Serial]int64, error)
	// CountPerCountryByOwner counts those of an owner in each country.
	CountPerCountryByOwner(ctx context.Context, owner string) (map[stock.Country]int64, error)
	// NextBatch returns a number for a batch.
	NextBatch(ctx context.Context) (int, error)
}
