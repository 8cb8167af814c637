package storetest

import (
	"fmt"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// SampleUUID returns the ith of different UUIDs, in no order.
func SampleUUID(i int) kit.UUID {
	return kit.UUID{0: byte(i * 7), 6: 0x70, 8: 0x80, 14: byte(i >> 8), 15: byte(i)}
}

// SampleTime returns the ith of different times.
func SampleTime(i int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC).Add(time.Duration(i) * time.Minute)
}

// SampleText returns the ith of different texts for a field.
func SampleText(field string, i int) string { return fmt.Sprint(field, " ", i) }

// Value returns what a pointer points to, or the zero value.
func Value[T any](p *T) T {
	if p == nil {
		p = new(T)
	}
	return *p
}
