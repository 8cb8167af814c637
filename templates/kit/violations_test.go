package kit_test

import (
	"math"
	"regexp"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func TestRulesOfViolations(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+$`)
	for want, check := range map[string]func(*kit.Violations){
		"": func(v *kit.Violations) {
			v.Length("F", "é♥", 2, 2)
			v.Range("F", -1, -1, -1)
			v.Match("F", "a", form)
		},
		"invalid x: F must have 3 to 4 characters": func(v *kit.Violations) { v.Length("F", "é♥", 3, 4) },
		"invalid x: F must have 0 to 1 characters": func(v *kit.Violations) { v.Length("F", "é♥", 0, 1) },
		"invalid x: F must be from 1 to 3":         func(v *kit.Violations) { v.Range("F", 4, 1, 3) },
		"invalid x: F must be at least 1":          func(v *kit.Violations) { v.Range("F", 0, 1, math.MaxInt64) },
		"invalid x: F must be at most 3":           func(v *kit.Violations) { v.Range("F", 4, math.MinInt64, 3) },
		"invalid x: F must match ^[a-z]+$":         func(v *kit.Violations) { v.Match("F", "A", form) },
	} {
		var v kit.Violations
		check(&v)
		got := ""
		if err := v.Err("x"); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
