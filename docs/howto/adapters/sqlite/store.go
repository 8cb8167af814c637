// Package sqlite is what would be derived for SQLite, and what is by hand.
package sqlite

import (
	"context"
	"embed"

	"github.com/outgrowkit/outgrow/docs/howto/domain/order"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

//go:embed migrations/*.sql
var files embed.FS

// Schema returns what the example keeps in its database.
func Schema() kit.Schema { return kit.Schema{Project: "shop", Migrations: files} }

// OrderStore keeps orders.
type OrderStore struct {
	*sqlitestore.Table[order.Order, kit.UUID]

	db *sqlitestore.DB
}

// NewOrderStore prepares the statements of a store.
func NewOrderStore(ctx context.Context, db *sqlitestore.DB) (*OrderStore, error) {
	table, err := sqlitestore.NewTable(ctx, db, sqlitestore.Mapping[order.Order, kit.UUID]{
		Entity:  "order",
		Key:     func(v *order.Order) kit.UUID { return v.ID },
		Version: func(v *order.Order) int64 { return v.Version },
		Columns: func(v *order.Order) []any { return []any{&v.ID, &v.Customer, &v.Total, &v.Version} },

		Insert: `INSERT INTO "orders" ("id", "customer", "total", "version") VALUES ($1, $2, $3, $4)`,
		Get:    `SELECT "id", "customer", "total", "version" FROM "orders" WHERE "id" = $1`,
		Update: `UPDATE "orders" SET "customer" = $1, "total" = $2, "version" = $3 WHERE "id" = $4 AND "version" = $5`,
		Delete: `DELETE FROM "orders" WHERE "id" = $1`,
		List:   `SELECT "id", "customer", "total", "version" FROM "orders" WHERE "id" > $1 ORDER BY "id" LIMIT $2`,
	})
	return &OrderStore{Table: table, db: db}, err
}
