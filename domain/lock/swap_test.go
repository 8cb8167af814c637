package lock_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// record returns a struct that is not stored in a table of its own.
func record(pkg, name string, fields ...model.Field) *model.Type {
	n := model.Name{Path: "example.com/shop/domain/" + pkg, Package: pkg, Name: name}
	return &model.Type{Kind: model.Record, Name: &n, Struct: &model.Struct{Name: n, Fields: fields, Pos: "domain/" + pkg + "/" + pkg + ".go:9:6"}}
}

// enum returns an enumeration of package order.
func enum(name string, values ...string) *model.Type {
	t := &model.Type{
		Kind: model.String, Pos: "domain/order/order.go:7:6",
		Name: &model.Name{Path: "example.com/shop/domain/order", Package: "order", Name: name},
	}
	for _, v := range values {
		t.Values = append(t.Values, model.Value{Const: name + v, Text: v})
	}
	return t
}

// text returns a type that reads itself from text.
func text(name string) *model.Type {
	return &model.Type{Kind: model.Text, Name: &model.Name{Path: "net/netip", Package: "netip", Name: name}}
}

func list(t *model.Type) *model.Type     { return &model.Type{Kind: model.Slice, Elem: t} }
func optional(t *model.Type) *model.Type { return &model.Type{Kind: model.Pointer, Elem: t} }
func keyed(k, t *model.Type) *model.Type { return &model.Type{Kind: model.Map, Key: k, Elem: t} }

func typed(name string, t *model.Type) model.Field {
	f := field(name, t.Kind)
	f.Type = t
	return f
}

// holding returns a project whose orders have the fields.
func holding(fields ...model.Field) *model.Project {
	return project(entity("Order", append([]model.Field{field("ID", model.UUID)}, fields...)...))
}

func address(fields ...string) *model.Type {
	var all []model.Field
	for _, f := range fields {
		all = append(all, field(f, model.String))
	}
	return record("order", "Address", all...)
}

// called returns the struct under another name.
func called(pkg, name string, t *model.Type) *model.Type {
	return record(pkg, name, t.Struct.Fields...)
}

// TestNestedTypes shows what becomes of a field whose type is made of other structs,
// enumerations or texts than before: each problem is told, and there is no other.
func TestNestedTypes(t *testing.T) {
	street := address("Street", "City")
	status := enum("Status", "draft", "paid")
	for name, c := range map[string]struct {
		was, is *model.Project
		want    []string
	}{
		"another struct": {holding(typed("Ship", street)), holding(typed("Ship", called("order", "Postal", address("Line1", "Zip")))), []string{
			"domain/order/order.go:9:6: order.Postal, which was order.Address, no longer has the field City, which is stored and sent as city; restore it; " +
				"or, if it was removed, run: outgrow generate --drop order.Postal.City; or, if it was renamed, run: outgrow generate --rename order.Postal.City=order.Postal.Line1",
			"order.Postal, which was order.Address, no longer has the field Street",
		}},
		"another name":         {holding(typed("Ship", street)), holding(typed("Ship", called("order", "Postal", street))), nil},
		"another package":      {holding(typed("Ship", street)), holding(typed("Ship", called("place", "Address", street))), nil},
		"moved, and a member":  {holding(typed("Ship", street)), holding(typed("Ship", called("place", "Address", address("Street", "Town")))), []string{"place.Address, which was order.Address, no longer has the field City"}},
		"in a list":            {holding(typed("Past", list(street))), holding(typed("Past", list(called("order", "Postal", address("City"))))), []string{"no longer has the field Street"}},
		"in a map":             {holding(typed("By", keyed(status, street))), holding(typed("By", keyed(enum("Phase", "draft"), called("order", "Postal", address("City"))))), []string{`order.Phase, which was order.Status, no longer has the value "paid"`, "no longer has the field Street"}},
		"optional":             {holding(typed("Ship", optional(street))), holding(typed("Ship", optional(called("order", "Postal", address("City"))))), []string{"no longer has the field Street"}},
		"no longer optional":   {holding(typed("Ship", optional(street))), holding(typed("Ship", street)), []string{"changed from order.Address? to order.Address,"}},
		"no struct":            {holding(typed("Ship", street)), holding(typed("Ship", text("Addr"))), []string{"changed from order.Address to text(net/netip.Addr),"}},
		"within another":       {holding(typed("Trip", record("order", "Trip", typed("To", street)))), holding(typed("Trip", record("order", "Tour", typed("To", called("order", "Postal", address("City")))))), []string{"order.Postal, which was order.Address, no longer has the field Street"}},
		"a member removed":     {holding(typed("Ship", street)), holding(typed("Ship", address("City"))), []string{"order.Address no longer has the field Street, which is stored and sent as street; restore it; or, if it was removed, run: outgrow generate --drop order.Address.Street"}},
		"a member's type":      {holding(typed("Ship", street)), holding(typed("Ship", record("order", "Address", field("Street", model.Int), field("City", model.String)))), []string{"the type of Street in order.Address changed from string to int"}},
		"one of two":           {holding(typed("Ship", street), typed("Bill", street)), holding(typed("Ship", called("order", "Postal", address("City"))), typed("Bill", street)), []string{"the type of Ship in order.Order changed from order.Address to order.Postal, which has no field that is sent as street, so existing rows and messages could not be read; change it back"}},
		"one of two, and more": {holding(typed("Ship", street), typed("Bill", street)), holding(typed("Ship", called("order", "Postal", address("City", "Street", "Zip"))), typed("Bill", street)), nil},
		"one of two, a member's type": {holding(typed("Ship", street), typed("Bill", street)), holding(typed("Ship", record("order", "Postal", field("Street", model.Int), field("City", model.String))), typed("Bill", street)),
			[]string{"order.Postal, which has street as int, not as string,"}},
		"one of two, deeper": {holding(typed("Trip", record("order", "Trip", typed("To", street))), typed("Ship", street)), holding(typed("Trip", record("order", "Trip", typed("To", called("order", "Postal", address("City"))))), typed("Ship", street)),
			[]string{"the type of To in order.Trip changed from order.Address to order.Postal, which has no field that is sent as street"}},
		"a text":             {holding(typed("From", optional(text("Addr")))), holding(typed("From", optional(text("Prefix")))), []string{"changed from text(net/netip.Addr)? to text(net/netip.Prefix)?, so existing rows and messages could not be read; change it back, and add a new field with the new type; or, if the new type reads all of them, run: outgrow generate --retype order.From"}},
		"a value removed":    {holding(typed("Status", status)), holding(typed("Status", enum("Status", "draft"))), []string{`domain/order/order.go:7:6: order.Status no longer has the value "paid", which rows and messages may have; restore it; or, if none has it any more, run: outgrow generate --drop order.Status.paid`}},
		"a value added":      {holding(typed("Status", status)), holding(typed("Status", enum("Status", "sent", "draft", "paid"))), nil},
		"another enum":       {holding(typed("Status", status)), holding(typed("Status", enum("Phase", "draft", "done"))), []string{`order.Phase, which was order.Status, no longer has the value "paid"`}},
		"an enum renamed":    {holding(typed("Status", status)), holding(typed("Status", enum("Phase", "draft", "paid"))), nil},
		"one of two enums":   {holding(typed("Status", status), typed("Last", status)), holding(typed("Status", enum("Phase", "draft")), typed("Last", status)), []string{`changed from string(order.Status) to string(order.Phase), which does not have the value "paid", so`}},
		"no longer an enum":  {holding(typed("Status", status)), holding(field("Status", model.String)), nil},
		"an enum now":        {holding(field("Status", model.String)), holding(typed("Status", status)), []string{"changed from string to string(order.Status), so existing rows and messages could not be read; change it back, and add a new field with the new type; or, if all rows have one of its values, which the next migration sees to, run: outgrow generate --retype order.Status"}},
		"a value with a gap": {holding(typed("Status", enum("Status", "in transit", "paid"))), holding(typed("Status", enum("Status", "paid"))), []string{`add "gone" to the end of the line "in\x20transit" of order.Status in outgrow.lock`}},
	} {
		t.Run(name, func(t *testing.T) {
			text, _ := mustApply(t, "", c.was, 2)
			_, _, err := apply(t, text, c.is, 3)
			told := strings.Split(errorText(err), "\n")
			if len(c.want) == 0 && err != nil || len(c.want) > 0 && len(told) != len(c.want) {
				t.Fatalf("the problems are\n%v", err)
			}
			for _, want := range c.want {
				if !slices.ContainsFunc(told, func(line string) bool { return strings.Contains(line, want) }) {
					t.Errorf("%q is not in\n%v", want, err)
				}
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestMovedStructKeepsItsNames shows that a struct that was moved, and some of whose
// members were renamed, is sent as before.
func TestMovedStructKeepsItsNames(t *testing.T) {
	text, _ := mustApply(t, "", holding(typed("Ship", address("Street", "City"))), 2)
	l, err := lock.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	moved := called("place", "Address", address("Street", "Town"))
	p := holding(typed("Ship", moved))
	if err := l.Change(p, []lock.Change{renamed(t, "place.Address.City=Town")}); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(p, 3); err != nil {
		t.Fatal(err)
	}
	if f := moved.Struct.Fields[1]; f.Wire != "city" {
		t.Errorf("Town is sent as %s", f.Wire)
	}
	want := "struct place.Address\n  Street street street string\n  Town city city string\n"
	if text := string(l.Text()); !strings.HasSuffix(text, want) || strings.Contains(text, "order.Address") {
		t.Errorf("the lock is\n%s", text)
	}
}

// TestRenamedEvent shows that an event of the same topic keeps its names, under which
// messages are still on their way.
func TestRenamedEvent(t *testing.T) {
	event := func(name string, fields ...model.Field) *model.Project {
		p := holding()
		p.Events = []model.Event{{Struct: record("order", name, fields...).Struct, Topic: "order.created"}}
		return p
	}
	text, _ := mustApply(t, "", event("Created", field("Total", model.Int), field("By", model.String)), 2)
	if !strings.Contains(text, "struct order.Created topic \"order.created\"\n") {
		t.Errorf("the lock is\n%s", text)
	}
	_, _, err := apply(t, text, event("Placed", field("Sum", model.Int), field("By", model.String)), 3)
	want := "order.Placed, which was order.Created, no longer has the field Total, which is stored and sent as total; restore it; " +
		"or, if it was removed, run: outgrow generate --drop order.Placed.Total; or, if it was renamed, run: outgrow generate --rename order.Placed.Total=order.Placed.Sum"
	if !strings.HasSuffix(errorText(err), want) {
		t.Errorf("%v", err)
	}
	text, _ = mustApply(t, text, event("Placed", field("By", model.String), field("Total", model.Int)), 3)
	if strings.Contains(text, "Created") {
		t.Errorf("the lock is\n%s", text)
	}
}

// TestEmbeddedStructIsSentAsBefore shows that a struct whose fields an entity has had has
// their names.
func TestEmbeddedStructIsSentAsBefore(t *testing.T) {
	remarks := field("Remarks", model.String)
	text, _ := mustApply(t, "", holding(remarks), 2)
	text = strings.Replace(text, "Remarks remarks", "Remarks notes", 1)
	terms := record("order", "Terms", remarks)
	within := remarks
	within.Via = []string{"Terms"}
	p := holding(within)
	p.Services[0].Keeps.Methods = []model.Method{{Params: []model.Param{{Type: terms}}}}
	mustApply(t, text, p, 3)
	if f := terms.Struct.Fields[0]; f.Wire != "notes" {
		t.Errorf("Remarks is sent as %s", f.Wire)
	}
}

// TestFieldsWithoutAValueForExistingRows shows which new fields are refused, because no
// type is known to accept what stands for a missing value.
func TestFieldsWithoutAValueForExistingRows(t *testing.T) {
	status := enum("Status", "draft", "paid")
	city := field("City", model.String)
	for name, c := range map[string]struct {
		was, is *model.Project
		want    string
	}{
		"a text":           {holding(), holding(typed("From", text("Addr"))), "From is new in order.Order, and existing rows have no value for it that netip.Addr is known to accept; make it optional: *netip.Addr"},
		"an optional text": {holding(), holding(typed("From", optional(text("Addr")))), ""},
		"texts":            {holding(), holding(typed("From", list(text("Addr")))), ""},
		"a text, renamed":  {holding(typed("From", text("Addr"))), holding(typed("Source", text("Addr"))), "--rename order.From=order.Source"},
		"an enum":          {holding(), holding(typed("Status", status)), ""},
		"a struct":         {holding(), holding(typed("Ship", record("order", "Address", city))), ""},
		"a text within":    {holding(), holding(typed("Ship", record("order", "Address", city, typed("From", text("Addr"))))), "no value for it that order.Address is known to accept"},
		"an enum within":   {holding(), holding(typed("Ship", record("order", "Address", city, typed("Status", status)))), "no value for it that order.Address is known to accept"},
		"a member":         {holding(typed("Ship", record("order", "Address", city))), holding(typed("Ship", record("order", "Address", city, typed("Status", status)))), "Status is new in order.Address, and existing rows have no value for it that order.Status is known to accept; make it optional: *order.Status"},
		"with an empty value": {holding(typed("Ship", record("order", "Address", city))),
			holding(typed("Ship", record("order", "Address", city, typed("Status", enum("Status", "", "paid"))))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			text, _ := mustApply(t, "", c.was, 2)
			_, _, err := apply(t, text, c.is, 3)
			if got := errorText(err); c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestDropOfAValue(t *testing.T) {
	text, _ := mustApply(t, "", holding(typed("Status", enum("Status", "draft", "v1.2"))), 2)
	now := holding(typed("Status", enum("Status", "draft")))
	for change, want := range map[lock.Change]string{
		dropped(t, "order.Status.v1.2"):       "",
		dropped(t, "order.Status.draft"):      `order.Status still has the value "draft"; change the Go code first`,
		dropped(t, "order.Status.gone"):       `unknown package or struct "order.Status"`,
		renamed(t, "order.Status.draft=next"): `the value "draft" of order.Status is what is stored and sent, so it cannot be renamed`,
	} {
		l, err := lock.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Change(now, []lock.Change{change}); errorText(err) != want && (want == "" || !strings.HasPrefix(errorText(err), want)) {
			t.Errorf("%v: %v, want %q", change, err, want)
		}
		if err := l.Apply(now, 3); (err == nil) != (want == "") {
			t.Errorf("%v: %v", change, err)
		}
		if want == "" && !strings.HasSuffix(string(l.Text()), "enum order.Status\n  \"draft\"\n  \"v1.2\" gone\n") {
			t.Errorf("the lock is\n%s", l.Text())
		}
	}
}

// TestMoveBetweenStructs shows that a field that was moved out of a struct can be dropped
// there, though another struct of the package has it.
func TestMoveBetweenStructs(t *testing.T) {
	notes := field("Notes", model.String)
	text, _ := mustApply(t, "", holding(notes, typed("Ship", record("order", "Address", field("City", model.String), notes))), 2)
	now := holding(notes, typed("Ship", record("order", "Address", field("City", model.String))))
	_, _, err := apply(t, text, now, 3)
	if got := errorText(err); !strings.HasSuffix(got, "outgrow generate --drop order.Address.Notes") {
		t.Errorf("%s", got)
	}
	for _, path := range []string{"order.notes", "order.address.notes"} {
		l, err := lock.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Change(now, []lock.Change{dropped(t, path)}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := l.Apply(now, 3); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
