package model

import "math"

// Rules are what a struct demands of a field, or of the elements of one that is a list.
type Rules struct {
	// Least and Most are of a number itself, and of the characters of a text; nil for no limit.
	Least, Most *int64
	Pattern     string // of a text, as in JSON Schema; "" for none
}

// Bound adds limits. Those at the end of what an int64 can be are none.
func (r *Rules) Bound(least, most int64) {
	if least != math.MinInt64 && (r.Least == nil || least > *r.Least) {
		r.Least = &least
	}
	if most != math.MaxInt64 && (r.Most == nil || most < *r.Most) {
		r.Most = &most
	}
}
