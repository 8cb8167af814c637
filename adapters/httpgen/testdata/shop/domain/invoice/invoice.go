// Package invoice has a number as its key.
package invoice

// Number is printed on an invoice.
type Number int64

// Invoice is what somebody is to pay.
type Invoice struct {
	Number Number
	Total  int64
}
