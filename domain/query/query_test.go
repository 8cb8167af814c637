package query_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// entity returns a struct with fields with the names.
func entity(names ...string) *model.Struct {
	s := &model.Struct{Name: model.Name{Package: "order", Name: "Order"}}
	s.Fields = append(s.Fields, model.Field{Name: "ID", Type: &model.Type{Kind: model.UUID}})
	for _, n := range names {
		s.Fields = append(s.Fields, model.Field{Name: n, Type: &model.Type{Kind: model.String}})
	}
	return s
}

// counts returns a Count method with the number of parameters.
func counts(name string, parameters int) model.Method {
	m := model.Method{Name: name, Pos: "a.go:1:1", Results: []*model.Type{{Kind: model.Int, Bits: 64}}}
	for range parameters {
		m.Params = append(m.Params, model.Param{Name: "p", Type: &model.Type{Kind: model.String}})
	}
	return m
}

// TestNamesWithinNames shows that names that contain And are split correctly and quickly:
// one of these has more possible splits than could be tried.
func TestNamesWithinNames(t *testing.T) {
	e := entity("X", "XAndX", "XAndXAndX", "And", "BrandAndYear")
	for name, want := range map[string]int{
		"CountByX": 1, "CountByXAndX": 2, "CountByAnd": 1, "CountByAndAndX": 2, "CountByBrandAndYear": 1, "CountByBrandAndYearAndX": 2,
		"CountBy" + strings.Repeat("XAnd", 200) + "Z": 0, "CountBy": 0, "CountByXAnd": 0,
	} {
		var problems model.Problems
		q, ok := query.Of(counts(name, max(want, 1)), e, &problems)
		if ok != (want > 0) || len(q.By) != want || ok == (len(problems) > 0) {
			t.Errorf("%.60s: %d fields, %v: %.200v", name, len(q.By), ok, problems)
		}
	}
}

// FuzzOf shows that a query corresponds to the name, or that a problem is reported.
func FuzzOf(f *testing.F) {
	f.Add("FindByXAndY", "X,Y", 2)
	f.Add("CountByXAndX", "X,XAndX", 1)
	f.Add("ExistsBy", "", 0)
	f.Add("CountByAndAndAnd", "And,AndAnd", 2)
	f.Fuzz(func(t *testing.T, name, fields string, parameters int) {
		if parameters < 0 || parameters > 20 || len(name) > 500 || len(fields) > 500 {
			t.Skip("nobody writes it")
		}
		var problems model.Problems
		q, ok := query.Of(counts(name, parameters), entity(strings.Split(fields, ",")...), &problems)
		if ok != (len(problems) == 0) {
			t.Fatalf("%v, and %v", ok, problems)
		}
		if !ok {
			return
		}
		again := string(q.Kind) + "By"
		for i, by := range q.By {
			if i > 0 {
				again += map[bool]string{true: "Or", false: "And"}[by.Or]
			}
			again += by.Field.Name + string(by.Operator)
		}
		if again = strings.TrimSuffix(again, "By"); again != strings.TrimSuffix(name, "By") || len(q.By) != parameters {
			t.Errorf("%s was read as %s", name, again)
		}
	})
}
