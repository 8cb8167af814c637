package sqlitestore

import (
	"math"
	"slices"
	"testing"
)

// TestInOfNumbers shows that a list has each number exactly, and what is no number is none of them.
func TestInOfNumbers(t *testing.T) {
	db := openTest(t)
	numbers := []float64{0, 0.1, 1e23, -1e308, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)}
	statement := db.Statement(`SELECT "value" FROM json_each($1) WHERE "value" IS NOT NULL ORDER BY "key"`)
	var got []float64
	err := statement.Rows(t.Context(), func(row Scanner) error {
		got = append(got, 0)
		return row.Scan(&got[len(got)-1])
	}, In(append(numbers, math.NaN())))
	if err != nil || !slices.Equal(got, numbers) {
		t.Errorf("got %v, %v, want %v", got, err, numbers)
	}
}
