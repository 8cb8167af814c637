// Package keytest is the conformance suite of entities whose key is a text or a number: any is
// kept as it is, in one order, and what is no key is refused.
package keytest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// fixture is an empty store, a kind of entities, what sets their keys, and keys for them. It
// has functions rather than methods, which the compiler would make for each type of entity.
type fixture[E any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	field   string // of the key, as errors name it
	setKey  func(e *E, key string)
	sorted  []string     // keys in their order
	refused []string     // what is no key
	nowhere []kit.Cursor // after which there is nothing
}

// Texts tests the keys of a kind of entities. They are in a field, which setKey sets.
func Texts[E any](t *testing.T, subject storetest.Subject[E], field string, setKey func(e *E, key string)) {
	run(t, fixture[E]{
		Subject: subject, field: field, setKey: setKey, sorted: texts,
		refused: []string{"", "/", strings.Repeat("z", 256), "a\x00b", "a\xff"}, nowhere: []kit.Cursor{"a\x00b", "a\xff"},
	}, "keeps any text as a key", "lists keys in the order of their bytes")
}

// Numbers is Texts for keys that are numbers.
func Numbers[E any](t *testing.T, subject storetest.Subject[E], field string, setKey func(e *E, key int64)) {
	run(t, fixture[E]{
		Subject: subject, field: field, sorted: numbers,
		setKey: func(e *E, key string) {
			n, err := strconv.ParseInt(key, 10, 64)
			assert.NoError(t, err)
			setKey(e, n)
		},
		refused: []string{"0", "-1", "-9223372036854775808"}, nowhere: []kit.Cursor{"a", "1.0", "0", "-5", "+1", "9223372036854775808"},
	}, "keeps any number as a key", "lists keys in the order of the numbers")
}

func run[E any](t *testing.T, f fixture[E], keepsAny, inOrder string) {
	for name, test := range map[string]func(*testing.T, fixture[E]){
		keepsAny: keeps[E], inOrder: sorts[E],
		"goes on after a key that is gone": goesOn[E], "refuses what is no key": refuses[E],
	} {
		t.Run(name, func(t *testing.T) {
			if f.Keeper = f.Open(t); f.Insert != nil && f.Get != nil {
				test(t, f)
			}
		})
	}
}

// numbers are keys in their order, as cursors have them.
var numbers = func() (all []string) {
	for _, n := range []int64{1, 2, 9, 10, 11, 99, 100, 101, 255, 256, 1000, 1<<31 - 1, 1 << 31, 1 << 32, 1<<53 + 1, math.MaxInt64 - 1, math.MaxInt64} {
		all = append(all, string(kit.CursorOf(n)))
	}
	return all
}()

// texts are keys in their order.
var texts = []string{
	"\t", " ", "!", "%", "%2F", "%s", "'; DROP TABLE \"keys\"; --", "-1", ".", "..", "/a", "01", "1", "10", "9",
	"?a=b&c#d", "A", "B", "Z", "\\", "_", "a", "a ", "a b", "a-b", "a.b", "a/b", "aa", "ab", "b", "cafe\u0301", "café",
	"z", strings.Repeat("z", 255), "{}", "~", "\u0080", "Ä", "ß", "ä", "́", "一", "\ue000", "\uffff", "𝄞", "\U0010ffff",
}

// with returns the ith sample with another key.
func with[E any](f fixture[E], i int, key string) E {
	e := f.Sample(i)
	f.setKey(&e, key)
	return e
}

// changed returns what the ith of these entities becomes.
func changed[E any](f fixture[E], i int, key string) E {
	e := with(f, len(f.sorted)+i, key)
	if f.Version != nil {
		*f.Version(&e) = 2
	}
	return e
}

// inserted inserts entities that have the keys, in any order, and returns them in that of the
// keys.
func inserted[E any](t *testing.T, f fixture[E]) []E {
	t.Helper()
	all := make([]E, len(f.sorted))
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(f.sorted)) {
		all[i] = with(f, i, f.sorted[i])
		assert.NoError(t, f.Insert(t.Context(), all[i], f.Event(all[i])))
	}
	return all
}

// keeps inserts, changes and deletes entities, each of which the others leave alone.
func keeps[E any](t *testing.T, f fixture[E]) {
	all := inserted(t, f)
	kepttest.Events(t, f.Out, len(all))
	for i, e := range all {
		if got := string(f.Key(e)); got != f.sorted[i] {
			t.Errorf("the key is %q, want %q", got, f.sorted[i])
		}
		kepttest.There(t.Context(), t, f.Keeper, e, true)
		assert.Code(t, f.Insert(t.Context(), e), kit.AlreadyExists)
		if f.Update != nil {
			all[i] = changed(f, i, f.sorted[i])
			assert.NoError(t, f.Update(t.Context(), all[i]))
			kepttest.There(t.Context(), t, f.Keeper, all[i], true)
		}
	}
	for i, e := range all {
		if f.Delete != nil {
			assert.NoError(t, f.Delete(t.Context(), e))
			kepttest.There(t.Context(), t, f.Keeper, e, false)
		}
		if last := len(all) - 1; i < last && f.Update != nil {
			kepttest.There(t.Context(), t, f.Keeper, all[last], true)
		}
	}
}

func sorts[E any](t *testing.T, f fixture[E]) {
	if f.List == nil {
		return
	}
	inserted(t, f)
	for _, limit := range []int{1, 7, 1000} {
		var got []string
		for _, page := range assert.Pages(t, limit, f.List) {
			for _, e := range page {
				got = append(got, string(f.Key(e)))
			}
		}
		if !slices.Equal(got, f.sorted) {
			t.Errorf("pages of %d: got\n%q\nwant\n%q", limit, got, f.sorted)
		}
	}
}

func goesOn[E any](t *testing.T, f fixture[E]) {
	if f.List == nil || f.Delete == nil {
		return
	}
	all := inserted(t, f)
	for i, e := range all[:len(all)-1] {
		kepttest.Undone(t, f.Tx, func(ctx context.Context) {
			assert.NoError(t, f.Delete(ctx, e))
			page, err := f.List(ctx, kit.Page{After: f.Key(e), Limit: 1})
			assert.NoError(t, err)
			if len(page.Items) != 1 || string(f.Key(page.Items[0])) != f.sorted[i+1] {
				t.Errorf("after %q there is %+v, want %q", f.sorted[i], page.Items, f.sorted[i+1])
			}
		})
	}
}

func refuses[E any](t *testing.T, f fixture[E]) {
	for _, key := range f.refused {
		e := with(f, 0, key)
		err := f.Insert(t.Context(), e, f.Event(e))
		assert.Code(t, err, kit.Invalid)
		if wrong, ok := errors.AsType[*kit.Error](err); !ok || len(wrong.Fields) != 1 || wrong.Fields[0].Field != f.field {
			t.Errorf("the error %v does not name the field %s", err, f.field)
		}
		kepttest.There(t.Context(), t, f.Keeper, e, false)
		if f.Delete != nil {
			assert.Code(t, f.Delete(t.Context(), e), kit.NotFound)
		}
		if f.Update != nil {
			assert.Code(t, f.Update(t.Context(), changed(f, 0, key)), kit.NotFound)
		}
	}
	kepttest.Events(t, f.Out, 0)
	if f.List != nil {
		for _, after := range f.nowhere {
			_, err := f.List(t.Context(), kit.Page{After: after, Limit: 1})
			assert.Code(t, err, kit.Invalid)
		}
	}
}
