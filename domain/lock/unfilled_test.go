package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

// TestValuesForExistingRows shows that a constructor is not asked about what existing rows do
// not have.
func TestValuesForExistingRows(t *testing.T) {
	money := func(fields ...model.Field) *model.Type {
		m := record("money", "Money", fields...)
		m.Struct.New = &model.Constructor{Name: "New", Fails: true}
		return m
	}
	amount, currency := field("Amount", model.Int), field("Currency", model.String)
	note := typed("Note", optional(&model.Type{Kind: model.String}))
	const fills = "and existing rows have no value for it that money."
	for name, c := range map[string]struct {
		was, is *model.Project
		want    string
	}{
		"a value":              {holding(), holding(typed("Total", money(amount))), "Total is new in order.Order, " + fills + "Money is known to accept; make it optional: *money.Money"},
		"an optional one":      {holding(), holding(typed("Total", optional(money(amount)))), ""},
		"a list":               {holding(), holding(typed("Totals", list(money(amount)))), ""},
		"a parameter":          {holding(typed("Total", money(amount))), holding(typed("Total", money(amount, currency))), "Currency is new in money.Money, " + fills + "New is known to accept; make it optional: *string"},
		"an optional one more": {holding(typed("Total", money(amount))), holding(typed("Total", money(amount, note))), ""},
	} {
		text, _ := mustApply(t, "", c.was, 2)
		_, _, err := apply(t, text, c.is, 3)
		if got := errorText(err); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
