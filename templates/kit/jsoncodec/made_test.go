package jsoncodec_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// price is made of an amount and a code.
type price struct {
	amount int64
	code   string
}

func newPrice(amount int64, code string) (price, error) {
	if amount < 0 {
		return price{}, errors.New("it is negative")
	}
	return price{amount, code}, nil
}

func readPrice(r *jsoncodec.Reader) price {
	type fields struct {
		amount int64
		code   string
	}
	return jsoncodec.Make(r, func(r *jsoncodec.Reader) (v fields) {
		o := r.Object("amount", "code")
		for o.Next() {
			switch string(o.Name) {
			case "amount":
				v.amount = jsoncodec.ReadInt[int64](r)
			case "code":
				v.code = jsoncodec.Make(r, jsoncodec.ReadString[string], func(text string) (string, error) {
					if text == "" {
						return "", kit.Errorf(kit.Invalid, "a code has letters")
					}
					return text, nil
				})
			default:
				o.Unknown()
			}
		}
		return v
	}, func(v fields) (price, error) { return newPrice(v.amount, v.code) })
}

func readPrices(r *jsoncodec.Reader) []price { return jsoncodec.ReadList(r, readPrice) }

// TestMake shows that what a constructor refuses is named, and that it is not asked about
// what is wrong already.
func TestMake(t *testing.T) {
	for text, want := range map[string]string{
		`[{"amount":1,"code":"a"}]`:                          "",
		`[{"amount":1,"code":"a"},{"amount":-1,"code":"a"}]`: "invalid prices: [1] is invalid: it is negative",
		`[{"amount":1,"code":""}]`:                           "invalid prices: [0].code is invalid: a code has letters",
		`[{"amount":-1}]`:                                    "invalid prices: [0].code is required",
		`[{"amount":-1,"code":1}]`:                           "invalid prices: [0].code must be a string",
		`[1,{"amount":-1,"code":"a"}]`:                       "invalid prices: [0] must be an object; [1] is invalid: it is negative",
	} {
		_, err := jsoncodec.Decode([]byte(text), "prices", readPrices)
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if v, err := jsoncodec.Read([]byte(`[{"code":"a"}]`), "prices", readPrices); err != nil || v[0] != (price{0, "a"}) {
		t.Errorf("read %v, %v", v, err)
	}
	if _, err := jsoncodec.Read([]byte(`[{"amount":1,"code":null}]`), "prices", readPrices); err == nil {
		t.Error("read nothing as a code")
	}
	if _, err := jsoncodec.Read([]byte(`[{"amount":-1}]`), "prices", readPrices); kit.CodeOf(err) != kit.Internal {
		t.Errorf("read %v", err)
	}
}
