package openapigen

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

func TestLimited(t *testing.T) {
	text := &model.Type{Kind: model.String}
	bounded := func(least, most int64) model.Rules {
		var r model.Rules
		r.Bound(least, most)
		return r
	}
	line := bounded(1, 200)
	line.Pattern = "^a$"
	for want, c := range map[string]struct {
		t *model.Type
		r model.Rules
	}{
		`{"type":"string"}`: {text, model.Rules{}},
		`{"type":"string","minLength":1,"maxLength":200,"pattern":"^a$"}`:          {text, line},
		`{"type":["string","null"],"minLength":1,"maxLength":200,"pattern":"^a$"}`: {&model.Type{Kind: model.Pointer, Elem: text}, line},
		`{"type":["array","null"],"items":{"type":"string","minLength":2}}`:        {&model.Type{Kind: model.Slice, Elem: text}, bounded(2, math.MaxInt64)},
		`{"type":"string","enum":["a"]}`:                                           {&model.Type{Kind: model.String, Values: []model.Value{{Text: "a"}}}, line},
		`{"type":"integer","format":"int64","minimum":-3,"maximum":9}`:             {&model.Type{Kind: model.Int, Bits: 64}, bounded(-3, 9)},
		`{"type":"integer","format":"int64","maximum":9}`:                          {&model.Type{Kind: model.Int, Bits: 64}, bounded(math.MinInt64, 9)},
		`{"type":"integer","minimum":1,"maximum":127}`:                             {&model.Type{Kind: model.Int, Bits: 8}, bounded(1, 1000)},
		`{"type":"integer","minimum":0,"maximum":65535}`:                           {&model.Type{Kind: model.Uint, Bits: 16}, bounded(-1, math.MaxInt64)},
		`{"type":"integer","format":"int64","minimum":5}`:                          {&model.Type{Kind: model.Uint, Bits: 64}, bounded(5, math.MaxInt64)},
		`{"type":"number"}`: {&model.Type{Kind: model.Float, Bits: 64}, bounded(1, 2)},
	} {
		d := &document{}
		got, err := json.Marshal(limited(d.schema(c.t), c.t, c.r))
		if err != nil || string(got) != want {
			t.Errorf("%s and %v, want %s", got, err, want)
		}
	}
	again, err := json.Marshal((&document{}).schema(&model.Type{Kind: model.Int, Bits: 8}))
	if err != nil || string(again) != `{"type":"integer","minimum":-128,"maximum":127}` {
		t.Errorf("a type has rules: %s and %v", again, err)
	}
}

// TestKey tests that a key is within the rules of its struct and those of all keys.
func TestKey(t *testing.T) {
	number, text := &model.Type{Kind: model.Int, Bits: 64}, &model.Type{Kind: model.String}
	of := func(least, most int64) model.Rules { return model.Rules{Least: &least, Most: &most} }
	for want, f := range map[string]model.Field{
		`{"type":"integer","format":"int64","minimum":1}`:              {Key: true, Type: number},
		`{"type":"integer","format":"int64","minimum":1,"maximum":9}`:  {Key: true, Type: number, Rules: of(0, 9)},
		`{"type":"integer","format":"int64","minimum":7,"maximum":9}`:  {Key: true, Type: number, Rules: of(7, 9)},
		`{"type":"integer","format":"int64","minimum":0,"maximum":10}`: {Type: number, Rules: of(0, 10)},
		`{"type":"string","minLength":1}`:                              {Key: true, Type: text},
		`{"type":"string","minLength":1,"maxLength":20}`:               {Key: true, Type: text, Rules: of(0, 20)},
		`{"type":"string","minLength":3,"maxLength":20}`:               {Key: true, Type: text, Rules: of(3, 20)},
	} {
		d := &document{}
		got, err := json.Marshal(limited(d.schema(f.Type), f.Type, ofKey(f.Rules, f)))
		if err != nil || string(got) != want {
			t.Errorf("%s and %v, want %s", got, err, want)
		}
	}
}

func TestExampleWithin(t *testing.T) {
	r := pageReader{}
	for want, s := range map[any]object{
		1: {{"type", "integer"}, {"minimum", int64(-5)}}, int64(18): {{"type", "integer"}, {"minimum", int64(18)}}, int64(-2): {{"type", "integer"}, {"maximum", int64(-2)}},
	} {
		if got := r.example(s, nil); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
