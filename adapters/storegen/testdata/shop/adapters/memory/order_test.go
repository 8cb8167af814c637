package memory_test

import (
	"testing"

	"example.com/shop/adapters/memory"
	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/memorystore"
	"example.com/shop/kit/storetest"
)

func TestOldest(t *testing.T) {
	store := memory.NewOrderStore(memorystore.New(storetest.Codec{}))
	for i := range 3 {
		o := order.Order{ID: storetest.SampleUUID(i), Customer: "ann", Version: 1, CreatedAt: storetest.SampleTime(-i)}
		if err := store.Insert(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if o, err := store.Oldest(t.Context(), "ann"); err != nil || o.ID != storetest.SampleUUID(2) {
		t.Errorf("got %v, %v", o, err)
	}
	if _, err := store.Oldest(t.Context(), "bob"); kit.CodeOf(err) != kit.NotFound {
		t.Errorf("got %v", err)
	}
}
