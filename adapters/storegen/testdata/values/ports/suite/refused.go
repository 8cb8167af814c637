package suite

import (
	"context"
	"strings"
	"testing"

	"example.com/shop/domain/email"
	"example.com/shop/domain/invoice"
	"example.com/shop/domain/money"
	"example.com/shop/kit"
	"example.com/shop/ports"
)

// Refused shows that what a constructor refuses does not come back from a row: the error
// names the table, the key and the column. Change changes a row.
func Refused(t *testing.T, store ports.InvoiceStore, change func(ctx context.Context, sql string, args ...any) error) {
	for column, value := range map[string]string{
		"total": `{"amount":1,"currency":"euro"}`, "discount": `{}`, "parts": `[{"amount":1,"currency":"E"}]`,
		"to": "nobody", "copy": "", "unit": "unit/none", "number": "No. 1/1999",
	} {
		v := sample(t)
		if err := store.Insert(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if err := change(t.Context(), `UPDATE "invoices" SET "`+column+`" = $1 WHERE "id" = $2`, value, v.ID); err != nil {
			t.Fatal(err)
		}
		_, err := store.Get(t.Context(), v.ID)
		if kit.CodeOf(err) != kit.Internal {
			t.Errorf("%s = %s: %v", column, value, err)
			continue
		}
		for _, want := range []string{`"invoices"`, v.ID.String(), `"` + column + `"`} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s = %s: %v does not name %s", column, value, err, want)
			}
		}
	}
}

func sample(t *testing.T) invoice.Invoice {
	t.Helper()
	total, err := money.New(1, "EUR")
	if err != nil {
		t.Fatal(err)
	}
	to, err := email.New("a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return invoice.Invoice{ID: kit.NewUUID(), Total: total, To: to, Unit: money.Piece, Number: invoice.First2026, Version: 1}
}
