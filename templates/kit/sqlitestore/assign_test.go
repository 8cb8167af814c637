package sqlitestore

import (
	"database/sql"
	"fmt"
	"reflect"
	"testing"
	"time"
)

type anyStatus string

// Values are copied to variables as package sql copies them, those that are copied at
// once and those that are not.
func TestScanAsPackageSQL(t *testing.T) {
	db := openTest(t)
	reference, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reference.Close() })
	for _, dest := range []any{
		new(string), new(int64), new(float64), new([]byte), new(bool), new(*string), new(*int64), new(*float64),
		new(int), new(uint8), new(anyStatus), new(*bool), new(any), new(sql.NullString), new(time.Time),
	} {
		for _, text := range []string{"'a text'", "'12'", "1", "0", "2", "300", "-1", "1.5", "x'01ff'", "''", "x''", "NULL"} {
			t.Run(fmt.Sprintf("%T of %s", dest, text), func(t *testing.T) {
				query := "SELECT " + text
				want, got := reflect.New(reflect.TypeOf(dest).Elem()), reflect.New(reflect.TypeOf(dest).Elem())
				wanted := reference.QueryRowContext(t.Context(), query).Scan(want.Interface())
				_, err := db.Statement(query).Row(t.Context(), func(row Scanner) error { return row.Scan(got.Interface()) })
				if (err == nil) != (wanted == nil) {
					t.Fatalf("failed with %v, package sql with %v", err, wanted)
				}
				if !reflect.DeepEqual(got.Interface(), want.Interface()) {
					t.Errorf("got %#v, package sql %#v", got.Elem(), want.Elem())
				}
			})
		}
	}
}

func TestScanCounts(t *testing.T) {
	db := openTest(t)
	var a, b int64
	two := db.Statement("SELECT 1, 2")
	for _, dest := range [][]any{{&a}, {&a, &b, &b}, {}} {
		if _, err := two.Row(t.Context(), func(row Scanner) error { return row.Scan(dest...) }); err == nil {
			t.Errorf("two columns were copied to %d variables", len(dest))
		}
	}
	if _, err := db.Statement("SELECT ?1 + ?2").Row(t.Context(), func(Scanner) error { return nil }, 1); err == nil {
		t.Error("a parameter was missing, and nobody said so")
	}
}
