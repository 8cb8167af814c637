package sqlitestore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

type Order struct {
	ID        kit.UUID
	Customer  string
	Total     int64
	Tags      []string
	DueAt     *time.Time
	Version   int64
	CreatedAt time.Time
}

// OrderStore is as it is derived.
type OrderStore struct {
	*sqlitestore.Table[Order, kit.UUID]

	db *sqlitestore.DB
}

const orderColumns = `"id", "customer", "total", "tags", "due_at", "version", "created_at"`

func NewOrderStore(ctx context.Context, db *sqlitestore.DB) (*OrderStore, error) {
	table, err := sqlitestore.NewTable(ctx, db, sqlitestore.Mapping[Order, kit.UUID]{
		Entity:  "order",
		Key:     func(o *Order) kit.UUID { return o.ID },
		Version: func(o *Order) int64 { return o.Version },
		Columns: func(o *Order) []any {
			return []any{
				&o.ID, &o.Customer, &o.Total, sqlitestore.JSON(&o.Tags, appendTags, readTags), &o.DueAt, &o.Version, &o.CreatedAt,
			}
		},

		Insert: `INSERT INTO "orders" (` + orderColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		Get:    `SELECT ` + orderColumns + ` FROM "orders" WHERE "id" = $1`,
		Update: `UPDATE "orders" SET "customer" = $1, "total" = $2, "tags" = $3, "due_at" = $4, "version" = $5, "created_at" = $6
			WHERE "id" = $7 AND "version" = $8`,
		Delete: `DELETE FROM "orders" WHERE "id" = $1`,
		List:   `SELECT ` + orderColumns + ` FROM "orders" WHERE "id" > $1 ORDER BY "id" LIMIT $2`,
	})
	return &OrderStore{Table: table, db: db}, err
}

func appendTags(b []byte, tags []string) []byte {
	text, _ := json.Marshal(tags) // strings can always be written
	return append(b, text...)
}

func readTags(data []byte) (tags []string, err error) { return tags, json.Unmarshal(data, &tags) }

// Overdue is written by hand: it returns all orders that were due before the time.
func (s *OrderStore) Overdue(ctx context.Context, now time.Time) ([]Order, error) {
	overdue := s.db.Statement(`SELECT ` + orderColumns + ` FROM "orders" WHERE "due_at" < $1 ORDER BY "due_at"`)
	var orders []Order
	err := overdue.Rows(ctx, func(row sqlitestore.Scanner) error {
		var o Order
		err := s.Scan(row, &o)
		orders = append(orders, o)
		return err
	}, now)
	return orders, err
}

// Revenue is written by hand: it sums what was ordered, by customer.
func (s *OrderStore) Revenue(ctx context.Context) (map[string]int64, error) {
	revenue := map[string]int64{}
	sums := s.db.Statement(`SELECT "customer", sum("total") FROM "orders" GROUP BY "customer"`)
	err := sums.Rows(ctx, func(row sqlitestore.Scanner) error {
		var customer string
		var total int64
		err := row.Scan(&customer, &total)
		revenue[customer] = total
		return err
	})
	return revenue, err
}

// Reprice is written by hand: it changes the total of an order, and keeps the event that
// tells of it, or neither.
func (s *OrderStore) Reprice(ctx context.Context, id kit.UUID, total int64, events ...kit.Event) error {
	reprice := s.db.Statement(`UPDATE "orders" SET "total" = $1, "version" = "version" + 1 WHERE "id" = $2`)
	changed, err := reprice.Change(ctx, events, total, id)
	if err == nil && changed == 0 {
		err = kit.Errorf(kit.NotFound, "there is no order %s", id)
	}
	return err
}

var schema = kit.Schema{Project: "shop", Migrations: fstest.MapFS{
	"migrations/20260102030405000_orders.sql": &fstest.MapFile{Data: []byte(`-- +goose Up
		CREATE TABLE "orders" ("id" BLOB NOT NULL PRIMARY KEY, "customer" TEXT NOT NULL, "total" INTEGER NOT NULL,
			"tags" TEXT, "due_at" INTEGER, "version" INTEGER NOT NULL, "created_at" INTEGER NOT NULL) STRICT;`)},
}}

// Methods of a store that are written by hand use its statements, and the table's Scan.
func ExampleTable() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system cleans up, too
	ctx := context.Background()
	db, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: filepath.Join(dir, "shop.db")}, storetest.Codec{}, schema)
	if err != nil {
		panic(err)
	}
	defer db.Close() //nolint:errcheck // everything is committed
	if err := db.Migrate(ctx); err != nil {
		panic(err)
	}
	store, err := NewOrderStore(ctx, db)
	if err != nil {
		panic(err)
	}

	due := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	ann := Order{ID: kit.NewUUID(), Customer: "ann", Total: 3, Tags: []string{"gift"}, DueAt: &due, Version: 1, CreatedAt: due}
	bob := Order{ID: kit.NewUUID(), Customer: "bob", Total: 4, Version: 1, CreatedAt: due}
	fmt.Println(store.Insert(ctx, ann), store.Insert(ctx, bob), store.Insert(ctx, bob))
	fmt.Println(store.Reprice(ctx, bob.ID, 5, storetest.Event{About: bob.ID.String()}))
	overdue, err := store.Overdue(ctx, due.AddDate(0, 0, 1))
	fmt.Println(len(overdue), overdue[0].Customer, overdue[0].Tags, err)
	fmt.Println(store.Revenue(ctx))
	// Output:
	// <nil> <nil> it already exists: UNIQUE constraint failed: orders.id
	// <nil>
	// 1 ann [gift] <nil>
	// map[ann:3 bob:5] <nil>
}
