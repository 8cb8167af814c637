package httpserver

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// parcel has rules of its own.
type parcel struct{ Weight, Label string }

func (p parcel) Validate() error {
	var v kit.Violations
	v.Line("Weight", p.Weight)
	v.Line("Label", p.Label)
	return v.Err("parcel")
}

// TestEveryWrongFieldIsNamed, those that cannot be read and those that break a rule.
func TestEveryWrongFieldIsNamed(t *testing.T) {
	names := jsoncodec.Names{{Go: "Weight", JSON: "weight"}, {Go: "Label", JSON: "label"}}
	for name, c := range map[string]struct {
		read   error
		fields []kit.FieldError
	}{
		"both": {
			&kit.Error{Code: kit.Invalid, Message: "invalid parcel", Fields: []kit.FieldError{{Field: "weight.unit", Message: "must be kg or lb"}}},
			[]kit.FieldError{{Field: "weight.unit", Message: "must be kg or lb"}, {Field: "label", Message: "must not be blank"}},
		},
		"no fields": {kit.Errorf(kit.Invalid, "the parcel must be an object"), nil},
		"nothing":   {nil, nil}, // the use case validates it
	} {
		t.Run(name, func(t *testing.T) {
			r := &Request{Request: &http.Request{Header: http.Header{"Content-Type": {"application/json"}}}}
			_, err := DecodeBody(r, func([]byte) (parcel, error) { return parcel{}, c.read }, names)
			var fields []kit.FieldError
			if e, ok := errors.AsType[*kit.Error](err); ok {
				fields = e.Fields
			}
			if (err == nil) != (c.read == nil) || !reflect.DeepEqual(fields, c.fields) {
				t.Errorf("got %v, with the fields %v, want %v", err, fields, c.fields)
			}
		})
	}
}

// TestRulesHoldForWhatCouldBeRead tests that a field with a value is not said to have none
// because another one cannot be read.
func TestRulesHoldForWhatCouldBeRead(t *testing.T) {
	names := jsoncodec.Names{{Go: "Weight", JSON: "weight"}, {Go: "Label", JSON: "label"}}
	decode := func(data []byte) (parcel, error) {
		return jsoncodec.Decode(data, "parcel", func(r *jsoncodec.Reader) (p parcel) {
			for o := r.Object("weight", "label"); o.Next(); {
				switch string(o.Name) {
				case "weight":
					p.Weight = jsoncodec.ReadString[string](r)
				case "label":
					p.Label = jsoncodec.ReadString[string](r)
				}
			}
			return p
		})
	}
	r := &Request{
		Request: &http.Request{Header: http.Header{"Content-Type": {"application/json"}}},
		body:    []byte(`{"weight":3,"label":"fragile"}`),
	}
	_, err := DecodeBody(r, decode, names)
	e, _ := errors.AsType[*kit.Error](err)
	if e == nil || !reflect.DeepEqual(e.Fields, []kit.FieldError{{Field: "weight", Message: "must be a string"}}) {
		t.Errorf("got %+v", e)
	}
}
