package gosource_test

import (
	"strings"
	"testing"
)

// TestKeys shows which fields can be the key of an entity, as the Get of its store says.
func TestKeys(t *testing.T) {
	for source, want := range map[string]string{
		"Code string | code string":                               "",
		"ID string | id string":                                   "",
		"Code Code | code wood.Code":                              "",
		"Code Made | code wood.Made":                              "",
		"Code Text | code wood.Text":                              "",
		"Owner ID; Name string | owner wood.ID":                   "",
		"Code string | id kit.UUID":                               "ports/wood.go:13:27: Get of WoodStore takes id, which is no field of Wood, and this has no ID that is a UUID; add ID",
		"Code string | _ kit.UUID":                                "ports/wood.go:13:27: Get of WoodStore takes",
		"Code Code | code string":                                 "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: it is of another type than the parameter code; give both the same type",
		"Code int64 | code int64":                                 "",
		"Number Number | number wood.Number":                      "",
		"Code int | code int":                                     "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: it is of the type int; let it be a string, an int64",
		"Code uint64 | code uint64":                               "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: it is of the type uint64; let",
		"Code *string | code *string":                             "domain/wood/wood.go:15:19: Code cannot be the key",
		"Code string; Of string | of, code string":                "ports/wood.go:13:2: Get of WoodStore takes a key of several fields; add ID of type kit.UUID, and //outgrow:unique above Wood with the names of the fields; or, if",
		"Code string; Of string //outgrow:tenant\n | code string": "",
		"Code Count | code wood.Count":                            "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: it is of the type wood.Count, whose underlying type is int; let it be a string, an int64",
		"Code Kind | code wood.Kind":                              "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: there could be no more of them than values; let it be a string, or add a field ID",
		"Code Long | code wood.Long":                              "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: Go cannot compare values of its type by ==; let it",
		"Code Other | code wood.Other":                            "domain/wood/wood.go:15:19: Code cannot be the key of Wood, as Get of WoodStore says: its text is what Value returns; call that method String",
		"\n//outgrow:unique\nCode string\n | code string":         "domain/wood/wood.go:16:1: Code cannot be unique: each key is of one entity already; leave out the directive",
	} {
		fields, get, _ := strings.Cut(source, " | ")
		_, err := read(t, map[string]string{
			"ports/wood.go": `package ports

import (
	"context"

	"example.com/shop/domain/wood"
	"example.com/shop/kit"
)

// WoodStore keeps wood.
type WoodStore interface {
	Insert(ctx context.Context, w wood.Wood, events ...kit.Event) error
	Get(ctx context.Context, ` + get + `) (wood.Wood, error)
}

var _ kit.UUID
`,
			"domain/wood/wood.go": `package wood

import "example.com/shop/kit"

type (
	ID    kit.UUID
	Code  string
	Count int
	Kind  string
	Made  struct{ code string }
	Other struct{ code string }
	Text  struct{ Of string }
	Long  struct{ Of []string }
)
type Wood struct{ ` + fields + ` }

const Oak Kind = "oak"

func (k Kind) Valid() bool { return k == Oak }

func NewMade(code string) Made { return Made{code} }

func (m Made) String() string { return m.code }

func NewOther(value string) Other { return Other{value} }

func (o Other) Value() string { return o.code }

func (t Text) MarshalText() ([]byte, error) { return []byte(t.Of), nil }

func (t *Text) UnmarshalText(text []byte) error { return nil }

func (l Long) MarshalText() ([]byte, error) { return nil, nil }

func (l *Long) UnmarshalText(text []byte) error { return nil }

type Number int64
`})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v\nwant %s", source, err, want)
		}
	}
}
