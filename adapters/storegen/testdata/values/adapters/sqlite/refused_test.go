package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"example.com/shop/adapters/sqlite"
	"example.com/shop/kit/sqlitestore"
	"example.com/shop/kit/storetest"
	"example.com/shop/ports/suite"
)

func TestRefusedRows(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "test.db")}, storetest.Codec{}, sqlite.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.NewInvoiceStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	suite.Refused(t, store, func(ctx context.Context, sql string, args ...any) error {
		_, err := db.Statement(sql).Apply(ctx, args...)
		return err
	})
}
