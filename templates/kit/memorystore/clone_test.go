package memorystore

import (
	"reflect"
	"testing"
)

func TestClone(t *testing.T) {
	n := 1
	clones := map[string]struct{ of, copied any }{
		"pointer":    {&n, clonePointer(&n, asIs)},
		"no pointer": {(*int)(nil), clonePointer(nil, asIs[int])},
		"list":       {[][]int{{1}, {}, nil}, cloneList([][]int{{1}, {}, nil}, cloneInts)},
		"empty list": {[]int{}, cloneInts([]int{})},
		"no list":    {[]int(nil), cloneInts(nil)},
		"map":        {map[string][]int{"a": {1}}, cloneMap(map[string][]int{"a": {1}}, cloneInts)},
		"no map":     {map[string]int(nil), cloneMap(map[string]int(nil), asIs)},
	}
	for name, c := range clones {
		if !reflect.DeepEqual(c.of, c.copied) {
			t.Errorf("the clone of the %s %v is %v", name, c.of, c.copied)
		}
	}
}

func cloneInts(list []int) []int { return cloneList(list, asIs) }

func TestCloneSharesNothing(t *testing.T) {
	n, list, m := 1, []int{1}, map[string]int{"a": 1}
	p, l, c := clonePointer(&n, asIs), cloneInts(list), cloneMap(m, asIs)
	n, list[0], m["a"] = 2, 2, 2
	if *p != 1 || l[0] != 1 || c["a"] != 1 {
		t.Errorf("the clones became %d, %v and %v", *p, l, c)
	}
}

func TestEqualOptional(t *testing.T) {
	one, too, two := 1, 1, 2
	for _, c := range []struct {
		a, b *int
		want bool
	}{{nil, nil, true}, {&one, nil, false}, {nil, &one, false}, {&one, &too, true}, {&one, &two, false}} {
		if got := equalOptional(c.a, c.b, equalPlain); got != c.want {
			t.Errorf("%v and %v are equal: %v", c.a, c.b, got)
		}
	}
}
