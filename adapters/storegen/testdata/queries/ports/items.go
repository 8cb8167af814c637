package ports

import (
	"context"
	"iter"
	"time"

	"example.com/shop/domain/item"
	"example.com/shop/kit"
)

// ItemStore keeps items.
type ItemStore interface {
	// Insert keeps a new item.
	Insert(ctx context.Context, i item.Item, events ...kit.Event) error
	// Get returns the item.
	Get(ctx context.Context, id kit.UUID) (item.Item, error)
	// Update replaces the item.
	Update(ctx context.Context, i item.Item, events ...kit.Event) error
	// Delete removes the item.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of items.
	List(ctx context.Context, page kit.Page) (kit.Listing[item.Item], error)

	// GetMany returns those that there are.
	GetMany(ctx context.Context, ids []kit.UUID) ([]item.Item, error)
	// InsertMany keeps all of them, or none.
	InsertMany(ctx context.Context, items []item.Item, events ...kit.Event) error
	// Upsert keeps it, whatever there is.
	Upsert(ctx context.Context, i item.Item, events ...kit.Event) error

	// FindByCustomer is as it always was.
	FindByCustomer(ctx context.Context, customer string, page kit.Page) (kit.Listing[item.Item], error)

	// FindByTotalBetween returns them in the order of Total.
	FindByTotalBetween(ctx context.Context, low, high int64, page kit.Page) (kit.Listing[item.Item], error)
	// FindByCustomerAndCreatedAtAfter compares a text, and a time of an embedded struct.
	FindByCustomerAndCreatedAtAfter(ctx context.Context, customer string, after time.Time, page kit.Page) (kit.Listing[item.Item], error)
	// FindByDueAtBefore compares what may be missing.
	FindByDueAtBefore(ctx context.Context, before time.Time, page kit.Page) (kit.Listing[item.Item], error)
	// FindByDueAtBetweenOrderByDueAtDesc returns the latest first.
	FindByDueAtBetweenOrderByDueAtDesc(ctx context.Context, from, to time.Time, page kit.Page) (kit.Listing[item.Item], error)
	// FindByRankLessThanAndRankGreaterThan has both ends of a range.
	FindByRankLessThanAndRankGreaterThan(ctx context.Context, less, greater uint16, page kit.Page) (kit.Listing[item.Item], error)
	// FindByWeightGreaterThan compares what may be a fraction.
	FindByWeightGreaterThan(ctx context.Context, weight float64, page kit.Page) (kit.Listing[item.Item], error)
	// FindByPatienceLessThan compares durations.
	FindByPatienceLessThan(ctx context.Context, patience time.Duration, page kit.Page) (kit.Listing[item.Item], error)

	// FindByStatusIn takes several values of an enumeration.
	FindByStatusIn(ctx context.Context, statuses []item.Status, page kit.Page) (kit.Listing[item.Item], error)
	// FindByOwnerInAndPaid takes several UUIDs.
	FindByOwnerInAndPaid(ctx context.Context, owners []kit.UUID, paid bool, page kit.Page) (kit.Listing[item.Item], error)
	// FindByDueAtIn takes several times.
	FindByDueAtIn(ctx context.Context, times []time.Time, page kit.Page) (kit.Listing[item.Item], error)
	// FindByBonusInOrTotal has an alternative.
	FindByBonusInOrTotal(ctx context.Context, bonuses []int32, total int64, page kit.Page) (kit.Listing[item.Item], error)
	// FindByNicknameIn takes several texts that may be missing.
	FindByNicknameIn(ctx context.Context, nicknames []string, page kit.Page) (kit.Listing[item.Item], error)

	// FindByCustomerStartingWith compares the beginning of a text.
	FindByCustomerStartingWith(ctx context.Context, beginning string, page kit.Page) (kit.Listing[item.Item], error)
	// CountByStatusAndNicknameStartingWith compares that of one which may be missing.
	CountByStatusAndNicknameStartingWith(ctx context.Context, status item.Status, beginning string) (int64, error)

	// ListOrderByCreatedAtDesc returns the newest first.
	ListOrderByCreatedAtDesc(ctx context.Context, page kit.Page) (kit.Listing[item.Item], error)
	// ListOrderByIDDesc reverses the list.
	ListOrderByIDDesc(ctx context.Context, page kit.Page) (kit.Listing[item.Item], error)
	// FindByStatusOrderByTotal returns the least first.
	FindByStatusOrderByTotal(ctx context.Context, status item.Status, page kit.Page) (kit.Listing[item.Item], error)
	// FindByPaidAndCustomerOrderByOwnerDesc sorts by a UUID.
	FindByPaidAndCustomerOrderByOwnerDesc(ctx context.Context, paid bool, customer string, page kit.Page) (kit.Listing[item.Item], error)

	// GetByCustomer returns the first one.
	GetByCustomer(ctx context.Context, customer string) (item.Item, error)
	// GetByStatusOrderByCreatedAtDesc returns the newest one.
	GetByStatusOrderByCreatedAtDesc(ctx context.Context, status item.Status) (item.Item, error)
	// GetByOwnerIn returns the first one of several.
	GetByOwnerIn(ctx context.Context, owners []kit.UUID) (item.Item, error)

	// Count counts all.
	Count(ctx context.Context) (int64, error)
	// CountByStatusOrCustomerAndTotalGreaterThan has an alternative with a range.
	CountByStatusOrCustomerAndTotalGreaterThan(ctx context.Context, status item.Status, customer string, total int64) (int64, error)
	// ExistsByParentInOrNickname may be missing.
	ExistsByParentInOrNickname(ctx context.Context, parents []kit.UUID, nickname *string) (bool, error)
	// SumTotalByCustomer adds up.
	SumTotalByCustomer(ctx context.Context, customer string) (int64, error)
	// SumRankByCreatedAtBefore adds up small numbers.
	SumRankByCreatedAtBefore(ctx context.Context, before time.Time) (int64, error)

	// CountPerStatus counts those of each status.
	CountPerStatus(ctx context.Context) (map[item.Status]int64, error)
	// SumTotalPerCustomerByPaid adds up by customer.
	SumTotalPerCustomerByPaid(ctx context.Context, paid bool) (map[string]int64, error)
	// CountPerOwner counts those of each owner.
	CountPerOwner(ctx context.Context) (map[kit.UUID]int64, error)

	// All returns every item.
	All(ctx context.Context) iter.Seq2[item.Item, error]
	// AllByCustomer returns those of a customer.
	AllByCustomer(ctx context.Context, customer string) iter.Seq2[item.Item, error]
	// AllByStatusInOrCustomerStartingWith has alternatives.
	AllByStatusInOrCustomerStartingWith(ctx context.Context, statuses []item.Status, beginning string) iter.Seq2[item.Item, error]

	// Find returns the items that fulfil a filter, in an order.
	Find(ctx context.Context, filter item.Filter, sort item.Sort, page kit.Page) (kit.Listing[item.Item], error)

	// DeleteByStatusAndTotalLessThan removes several.
	DeleteByStatusAndTotalLessThan(ctx context.Context, status item.Status, total int64, events ...kit.Event) (int64, error)
	// DeleteByCustomerIn tells nobody.
	DeleteByCustomerIn(ctx context.Context, customers []string) (int64, error)
}
