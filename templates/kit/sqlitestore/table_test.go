package sqlitestore

import (
	"reflect"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// counted is an entity that refuses a column that holds no number.
type counted struct {
	ID string
	N  int64
}

// TestNothingIsReturnedBesideAnError reads two rows, of which the second one cannot be read.
func TestNothingIsReturnedBesideAnError(t *testing.T) {
	db := openTest(t)
	runChange(t, db, `CREATE TABLE "counted" ("id" TEXT NOT NULL PRIMARY KEY, "n" ANY) STRICT`)
	runChange(t, db, `INSERT INTO "counted" VALUES ('a', 1), ('b', 'none')`)
	const columns = `SELECT "id", "n" FROM "counted"`
	table, err := NewTable(t.Context(), db, Mapping[counted, string]{
		Entity: "counted", Key: func(v *counted) string { return v.ID },
		Columns: func(v *counted) []any { return []any{&v.ID, &v.N} },
		Insert:  `INSERT INTO "counted" VALUES ($1, $2)`,
		Get:     columns + ` WHERE "id" = $1`,
		Update:  `UPDATE "counted" SET "n" = $1 WHERE "id" = $2`,
		Delete:  `DELETE FROM "counted" WHERE "id" = $1`,
		List:    columns + ` WHERE "id" > $1 ORDER BY "id" LIMIT $2`,
	})
	if err != nil {
		t.Fatal(err)
	}
	all := db.Statement(columns + ` ORDER BY "id"`)
	paged := db.Statement(columns + ` ORDER BY "id" LIMIT $1`)
	for name, read := range map[string]func() (any, error){
		"Get":   func() (any, error) { return table.Get(t.Context(), "b") },
		"First": func() (any, error) { return table.First(t.Context(), db.Statement(columns+` WHERE "id" = 'b'`)) },
		"All":   func() (any, error) { return table.All(t.Context(), all) },
		"List":  func() (any, error) { return table.List(t.Context(), kit.Page{Limit: 5}) },
		"FindSorted": func() (any, error) {
			return table.FindSorted(t.Context(), [2]*Statement{paged, paged}, kit.Page{Limit: 5})
		},
	} {
		if got, err := read(); err == nil || !reflect.ValueOf(got).IsZero() {
			t.Errorf("%s returns %v, %v", name, got, err)
		}
	}
}
