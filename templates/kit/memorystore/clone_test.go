package memorystore

import (
	"reflect"
	"slices"
	"testing"
)

func double(n int) int { return 2 * n }

func TestClone(t *testing.T) {
	n := 1
	clones := map[string]struct{ want, got any }{
		"pointer":      {new(1), ClonePointer(&n, nil)},
		"deep pointer": {new(2), ClonePointer(&n, double)},
		"no pointer":   {(*int)(nil), ClonePointer(nil, double)},
		"list":         {[][]int{{1}, {}, nil}, CloneList([][]int{{1}, {}, nil}, slices.Clone[[]int])},
		"empty list":   {[]int{}, CloneList([]int{}, double)},
		"no list":      {[]int(nil), CloneList([]int(nil), double)},
		"map":          {map[string][]int{"a": {1}}, CloneMap(map[string][]int{"a": {1}}, slices.Clone[[]int])},
		"empty map":    {map[string]int{}, CloneMap(map[string]int{}, double)},
		"no map":       {map[string]int(nil), CloneMap(map[string]int(nil), double)},
	}
	for name, c := range clones {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("the clone of the %s is %v, want %v", name, c.got, c.want)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	n, list, m := 1, [][]int{{1}}, map[string][]int{"a": {1}}
	p, l, c := ClonePointer(&n, nil), CloneList(list, slices.Clone[[]int]), CloneMap(m, slices.Clone[[]int])
	n, list[0][0], m["a"][0] = 2, 2, 2
	if *p != 1 || l[0][0] != 1 || c["a"][0] != 1 {
		t.Errorf("the clones became %d, %v and %v", *p, l, c)
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b *int
		want bool
	}{{nil, nil, true}, {new(1), nil, false}, {nil, new(1), false}, {new(1), new(1), true}, {new(1), new(2), false}} {
		if got := Equal(c.a, c.b); got != c.want {
			t.Errorf("%v and %v are equal: %v", c.a, c.b, got)
		}
	}
}
