package querytest

import (
	"context"
	"iter"
	"reflect"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Pointers returns a sequence as one of pointers.
func Pointers[T any](sequence iter.Seq2[T, error]) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for v, err := range sequence {
			if !yield(&v, err) {
				return
			}
		}
	}
}

// wantAll tests a method that returns a sequence, which can be iterated again, and left.
func wantAll[E any](t *testing.T, want []E, all func(context.Context) iter.Seq2[E, error]) {
	t.Helper()
	sequence := all(t.Context())
	for range 2 {
		var got []E
		for e, err := range sequence {
			assert.NoError(t, err)
			got = append(got, e)
		}
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%+v\nwant\n%+v", got, want)
		}
	}
	for e, err := range sequence {
		if assert.NoError(t, err); !reflect.DeepEqual(e, want[0]) {
			t.Errorf("the first one is %+v, want %+v", e, want[0])
		}
		break
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var end error
	for _, err := range all(ended) {
		if end != nil {
			t.Error("there is more after an error")
		}
		end = err
	}
	assert.Code(t, end, kit.Unavailable)
}
