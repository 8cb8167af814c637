package postgresstore

import (
	"context"
	"fmt"
	"testing"
)

// TestStatementsThatAreKept are as many as may be, however many texts there are.
func TestStatementsThatAreKept(t *testing.T) {
	db := openTest(t)
	count := db.Statement(`SELECT count(*) FROM pg_prepared_statements`)
	err := db.Within(t.Context(), func(ctx context.Context) error {
		for i := range keptStatements + 20 {
			var got int
			read := db.Statement(fmt.Sprintf(`SELECT %d + $1`, i))
			if _, err := read.Row(ctx, func(row Scanner) error { return row.Scan(&got) }, 1); err != nil || got != i+1 {
				t.Fatalf("got %d and %v, want %d", got, err, i+1)
			}
		}
		kept := 0
		_, err := count.Row(ctx, func(row Scanner) error { return row.Scan(&kept) })
		if kept > keptStatements || kept < keptStatements-1 {
			t.Errorf("the connection keeps %d statements, want %d", kept, keptStatements)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
