package jsonwire_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/shop/adapters/jsonwire"
	"example.com/shop/domain/invoice"
	"example.com/shop/domain/money"
	"example.com/shop/kit"
)

// TestBodies shows that what a constructor refuses is told, with where it is.
func TestBodies(t *testing.T) {
	for body, want := range map[string]string{
		`{"deposit":{"amount":1,"currency":"EUR"},"others":["A@b.c"]}`: "",
		`{"others":null}`: "",
		`{"deposit":{"amount":1,"currency":"euro"},"others":["a","b"]}`: `deposit is invalid: "euro" is not the code of a currency; others[0] is invalid: an address has an @; others[1] is invalid`,
		`{"deposit":{"amount":1}}`:                                      "deposit.currency is required",
		`{"deposit":{"amount":1,"currency":"EUR","at":2}}`:              "deposit.at is unknown",
		`{"deposit":1}`: "deposit must be an object",
	} {
		d, err := jsonwire.DecodeInvoiceDetails([]byte(body))
		if want == "" && err != nil || want != "" && !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
		if want != "" && kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%s: %s", body, kit.CodeOf(err))
		}
		if d.Deposit != nil && want == "" && d.Deposit.Currency() != "EUR" {
			t.Errorf("%s: %v", body, d)
		}
	}
}

// TestEvents shows that an event is read through constructors.
func TestEvents(t *testing.T) {
	total, err := money.New(250, "EUR")
	if err != nil {
		t.Fatal(err)
	}
	sent := invoice.Sent{Invoice: invoice.Invoice{Total: total, Unit: money.Piece, Number: invoice.First2026}}
	payload, err := jsonwire.Events{}.Encode(sent)
	if err != nil || !strings.Contains(string(payload), `"total":{"amount":250,"currency":"EUR"}`) {
		t.Fatalf("%s, %v", payload, err)
	}
	bad := strings.Replace(string(payload), `"EUR"`, `"E"`, 1)
	if _, err := (jsonwire.Events{}).Decode("invoice.sent", []byte(bad)); kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), `invoice.total is invalid: "E" is not the code`) {
		t.Errorf("%v", err)
	}
}
