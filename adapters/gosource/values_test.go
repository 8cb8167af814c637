package gosource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

// valued returns what is read of the fields of an event, one line each, and the error.
func valued(t *testing.T, declared string) (fields []string, err error) {
	t.Helper()
	p, err := read(t, map[string]string{"domain/worth/worth.go": "package worth\n\ntype Valued struct {\n\tV V\n}\n\n" +
		"func (Valued) Topic() string { return \"worth.valued\" }\nfunc (Valued) Key() string   { return \"\" }\n\n" + declared})
	if err != nil {
		return nil, err
	}
	for _, e := range p.Events {
		if e.Topic == "worth.valued" {
			return []string{described(e.Struct.Fields[0].Type)}, nil
		}
	}
	return nil, fmt.Errorf("the event was not read")
}

func described(t *model.Type) string {
	text := string(t.Kind)
	if t.New != nil {
		text += fmt.Sprint(" ", t.New.Name, t.New.Fails, " ", t.Method)
	}
	if t.Struct != nil && t.Struct.New != nil {
		text += fmt.Sprint(" ", t.Struct.New.Name, t.Struct.New.Fails)
		for _, f := range t.Struct.Fields {
			text += " " + f.Selector() + " " + f.Wire + " " + string(f.Type.Kind)
		}
	}
	for _, k := range t.Known {
		text += " " + k.Name
	}
	return text
}

// TestConstructors shows which function makes the values of a type, and of what.
func TestConstructors(t *testing.T) {
	const fields = "type V struct {\n\tamount int64\n\tcurrency string\n}\n\n"
	const both = "func (v V) Amount() int64 { return v.amount }\nfunc (v *V) Currency() string { return v.currency }\n"
	for _, c := range []struct{ name, declared, want string }{
		{"New", fields + both + "func New(amount int64, currency string) (V, error) { return V{}, nil }\n", "struct Newtrue Amount() amount int Currency() currency string"},
		{"its own name first", fields + both + "func New(amount int64) (V, error) { return V{}, nil }\nfunc NewV(currency string, amount int64) V { return V{} }\n",
			"struct NewVfalse Currency() currency string Amount() amount int"},
		{"the one that takes more", fields + both + "func NewFree(currency string) (V, error) { return V{}, nil }\nfunc NewPaid(amount int64, currency string) (V, error) { return V{}, nil }\n",
			"struct NewPaidtrue Amount() amount int Currency() currency string"},
		{"one text", "type V struct{ text string }\n\nfunc ParseV(s string) (V, error) { return V{}, nil }\nfunc (v V) String() string { return v.text }\nvar None, Some = V{}, V{}\n",
			"text ParseVtrue String None Some"},
		{"one number", "type V struct{ n int }\n\nfunc NewV(n int) V { return V{} }\nfunc (v V) N() int { return v.n }\n", "struct NewVfalse N() n int"},
		{"a text comes first", "type V struct{ n int }\n\nfunc NewV(n int) V { return V{} }\nfunc (v V) N() int { return v.n }\n" +
			"func (v *V) MarshalText() ([]byte, error) { return nil, nil }\nfunc (v *V) UnmarshalText([]byte) error { return nil }\n", "text"},
	} {
		got, err := valued(t, c.declared)
		if err != nil || strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
}

// TestNoConstructor shows what is said of unexported fields that nothing makes.
func TestNoConstructor(t *testing.T) {
	const fields = "type V struct {\n\tamount int64\n}\n\n"
	const want = "domain/worth/worth.go:11:2: the field amount is unexported, so no adapter could store or send it; " +
		"export it, or give worth.V a constructor such as NewV(amount int64) (V, error), and for each of its parameters a method such as Amount() int64"
	for _, declared := range []string{
		fields,
		fields + "func NewV(amount int64) (V, error) { return V{}, nil }\n",
		fields + "func NewV(amount int64) (V, error) { return V{}, nil }\nfunc (v V) Amount() int { return 0 }\n",
		fields + "func NewV(amount int64, more bool) (V, error) { return V{}, nil }\nfunc (v V) Amount() int64 { return 0 }\n",
		fields + "func MustV(amount int64) V { return V{} }\nfunc (v V) Amount() int64 { return 0 }\n",
		fields + "func NewV(amount int64) *V { return nil }\nfunc (v V) Amount() int64 { return 0 }\n",
	} {
		if _, err := valued(t, declared); err == nil || err.Error() != want {
			t.Errorf("%s\n%v\nwant %s", declared, err, want)
		}
	}
	_, err := valued(t, "type V struct{ W }\n\ntype W struct{ n int }\n\nfunc NewW(n int) W { return W{} }\nfunc (w W) N() int { return w.n }\n")
	if err == nil || !strings.Contains(err.Error(), "the embedded worth.W is not a struct of exported fields; give the field a name") {
		t.Errorf("embedded: %v", err)
	}
}

// TestEntityWithConstructor shows that an entity is filled field by field.
func TestEntityWithConstructor(t *testing.T) {
	_, err := read(t, map[string]string{
		"domain/wood/wood.go": "package wood\n\nimport \"example.com/shop/kit\"\n\ntype Wood struct{ id kit.UUID }\n\n" +
			"func New(id kit.UUID) (Wood, error) { return Wood{id}, nil }\nfunc (w Wood) ID() kit.UUID { return w.id }\n",
		"ports/woods.go": "package ports\n\nimport (\n\t\"context\"\n\n\t\"example.com/shop/domain/wood\"\n\t\"example.com/shop/kit\"\n)\n\n" +
			"type WoodStore interface {\n\tInsert(ctx context.Context, w wood.Wood, events ...kit.Event) error\n}\n",
	})
	const want = "domain/wood/wood.go:5:6: the type wood.Wood is stored, and its fields are unexported; export them"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
}
