package storegen_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/lock"
)

// TestChangesOfRows shows what migrations do with the rows that are there, in both dialects.
// That they do is shown by TestChangesOfType in scripts/prove.
func TestChangesOfRows(t *testing.T) {
	p, tables := shop(t)
	tables[0].Data = []lock.Data{
		{Column: "customer", Since: 3, Fill: true, Values: []string{"it's none"}},
		{Column: "status", Since: 3, Values: []string{"draft", "it's"}},
		{Column: "paid", Since: 4, Fill: true, Values: []string{"true"}},
		{Column: "total", Since: 5, Fill: true, Values: []string{"-7"}},
	}
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	const only = `CREATE TABLE "orders_only_status" ("status" text CONSTRAINT "orders has rows with another status" CHECK ("status" IN ('draft', 'it''s')));
INSERT INTO "orders_only_status" SELECT DISTINCT "status" FROM "orders";
DROP TABLE "orders_only_status";
`
	const sqlite, postgres = "adapters/sqlite/migrations/", "adapters/postgres/migrations/"
	for file, want := range map[string]string{
		sqlite + "00003_orders_fill_customer.sql":   `UPDATE "orders" SET "customer" = 'it''s none' WHERE "customer" IS NULL;` + "\n-- This fails",
		sqlite + "00004_orders_fill_paid.sql":       `UPDATE "orders" SET "paid" = 1 WHERE "paid" IS NULL;` + "\n\n-- +goose Down\n",
		sqlite + "00005_orders_fill_total.sql":      `SET "total" = -7 WHERE`,
		postgres + "00003_orders_fill_customer.sql": only + "\n-- +goose Down\n" + `ALTER TABLE "orders" ALTER COLUMN "customer" DROP NOT NULL;`,
		postgres + "00004_orders_fill_paid.sql": `UPDATE "orders" SET "paid" = true WHERE "paid" IS NULL;
ALTER TABLE "orders" ALTER COLUMN "paid" SET NOT NULL;`,
		postgres + "00005_orders_fill_total.sql": `SET "total" = -7 WHERE`,
	} {
		found := false
		for _, f := range migrations {
			found = found || f.Path == file && strings.Contains(string(f.Data), want)
		}
		if !found {
			t.Errorf("%s does not have %s", file, want)
		}
	}
}
