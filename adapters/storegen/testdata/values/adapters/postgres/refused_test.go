package postgres_test

import (
	"context"
	"testing"

	"example.com/shop/adapters/postgres"
	"example.com/shop/kit"
	"example.com/shop/kit/postgresstore"
	"example.com/shop/kit/storetest"
	"example.com/shop/kit/testserver"
	"example.com/shop/ports/suite"
)

func TestRefusedRows(t *testing.T) {
	db, err := postgresstore.Open(t.Context(), postgresstore.Config{DSN: kit.NewSecret(testserver.Postgres(t))}, storetest.Codec{}, postgres.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := postgres.NewInvoiceStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	suite.Refused(t, store, func(ctx context.Context, sql string, args ...any) error {
		_, err := db.Statement(sql).Apply(ctx, args...)
		return err
	})
}
