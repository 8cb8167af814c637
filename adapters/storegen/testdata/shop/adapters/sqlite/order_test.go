package sqlite_test

import (
	"path/filepath"
	"testing"

	"example.com/shop/adapters/sqlite"
	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/sqlitestore"
	"example.com/shop/kit/storetest"
)

func TestOldest(t *testing.T) {
	config := sqlitestore.Config{Path: filepath.Join(t.TempDir(), "test.db")}
	db, err := sqlitestore.Open(t.Context(), config, storetest.Codec{}, sqlite.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.NewOrderStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
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
