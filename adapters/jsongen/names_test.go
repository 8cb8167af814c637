package jsongen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

func record(pkg, name string, fields ...model.Field) *model.Type {
	n := model.Name{Path: "example.com/shop/domain/" + pkg, Package: pkg, Name: name}
	return &model.Type{Kind: model.Record, Name: &n, Struct: &model.Struct{Name: n, Fields: fields}}
}

func list(of *model.Type) *model.Type { return &model.Type{Kind: model.Slice, Elem: of} }

// TestNames shows that similar types have different names.
func TestNames(t *testing.T) {
	text := &model.Type{Kind: model.String}
	item, orderItem := record("order", "Item"), record("orderitem", "OrderItem")
	itemList := record("orderitem", "List")
	status := &model.Type{
		Kind: model.String, Values: []model.Value{{Const: "StatusA", Text: "a"}},
		Name: &model.Name{Path: "example.com/shop/domain/order", Package: "order", Name: "Status"},
	}
	byStatus := &model.Type{Kind: model.Map, Key: status, Elem: list(&model.Type{Kind: model.Float, Bits: 32})}
	order := record("order", "Order",
		model.Field{Name: "Items", Type: list(item)}, model.Field{Name: "Others", Type: list(orderItem)},
		model.Field{Name: "List", Type: itemList}, model.Field{Name: "Words", Type: list(text)}, model.Field{Name: "By", Type: byStatus},
	)
	project := model.Project{Module: "example.com/shop", Services: []model.Service{{Entity: order.Struct}}}
	names := NewNames(project)
	for _, c := range []struct {
		t    *model.Type
		want string
	}{
		{order, "Order"},
		{orderItem, "OrderItem"},
		{item, "ItemOfOrder"},
		{itemList, "OrderItemList"},
		{list(orderItem), "OrderItemList2"},
		{list(item), "ItemOfOrderList"},
		{list(text), "StringList"},
		{byStatus, "OrderStatusFloat32ListMap"},
	} {
		if got := names.Of(c.t); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if names.Append(order) != "AppendOrder" || names.Read(order) != "ReadOrder" || names.Decode(order) != "DecodeOrder" || names.Fields(order.Struct) != "NamesOfOrder" {
		t.Error("functions are not called after the type")
	}
}

// TestByHand shows that functions declared by hand are not derived.
func TestByHand(t *testing.T) {
	order := record("order", "Order", model.Field{Name: "Words", Wire: "words", Type: list(&model.Type{Kind: model.String})})
	project := model.Project{Module: "example.com/shop", Services: []model.Service{{Entity: order.Struct}}, Hand: map[string]bool{
		"jsonwire.AppendOrder": true, "jsonwire.NamesOfOrder": true, "jsonwire.ReadStringList": true,
	}}
	files, err := Emit(project)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, f := range files {
		for _, name := range namesIn(t, f.Data) {
			declared[name] = true
		}
	}
	for name, want := range map[string]bool{
		"AppendOrder": false, "ReadOrder": true, "NamesOfOrder": false, "AppendStringList": true, "ReadStringList": false,
	} {
		if declared[name] != want {
			t.Errorf("%s is derived: %v, want %v", name, declared[name], want)
		}
	}
}

// namesIn returns the functions and variables that a file declares.
func namesIn(t *testing.T, source []byte) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
				names = append(names, v.Names[0].Name)
			}
		}
	}
	return names
}
