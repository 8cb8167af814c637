package ports

import (
	"context"

	"example.com/shop/domain/parcel"
	"example.com/shop/kit"
)

// Parcels is what the application offers to do with parcels.
//
//outgrow:http /parcels
type Parcels interface {
	// Get returns the parcel.
	Get(ctx context.Context, id kit.UUID) (parcel.Parcel, error)
	// List returns a page of the parcels that one asks for.
	List(ctx context.Context, filter parcel.Filter, sort parcel.Sort, page kit.Page) (kit.Listing[parcel.Parcel], error)
	// Count counts the parcels that one asks for.
	Count(ctx context.Context, of parcel.Filter) (int64, error)
	// Patch changes what the patch names.
	Patch(ctx context.Context, id kit.UUID, version int64, patch parcel.Patch) (parcel.Parcel, error)
}
