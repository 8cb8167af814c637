package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// retyped changes the types of fields, and returns what the lock then has of the order that
// it did not have before, and the error.
func retyped(t *testing.T, was, is *model.Project, commands ...string) (added []string, err error) {
	t.Helper()
	before, _ := mustApply(t, "", was, 2)
	l, err := lock.Parse([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	changes := make([]lock.Change, len(commands))
	for i, command := range commands {
		if changes[i], err = lock.Retyped(command); err != nil {
			return nil, err
		}
	}
	if err := l.Change(is, changes); err != nil {
		return nil, err
	}
	if err := l.Apply(is, 3); err != nil {
		return nil, err
	}
	text := string(l.Text())
	again, err := lock.Parse([]byte(text))
	if err != nil || string(again.Text()) != text {
		t.Errorf("%v: the lock is read as\n%s\nand was\n%s", err, again.Text(), text)
	}
	for line := range strings.Lines(text) {
		if !strings.Contains(before, line) {
			added = append(added, strings.TrimSpace(line))
		}
	}
	return added, nil
}

// TestRetype shows what becomes of rows when a field has another type.
func TestRetype(t *testing.T) {
	status := enum("Status", "draft", "in transit")
	note, line := field("Note", model.String), func(t *model.Type) *model.Project {
		return holding(typed("Lines", list(record("order", "Line", typed("Note", t)))))
	}
	plain, number, flag := &model.Type{Kind: model.String}, &model.Type{Kind: model.Int, Bits: 32}, &model.Type{Kind: model.Bool}
	for name, c := range map[string]struct {
		was, is *model.Project
		command string
		want    []string // lines of the lock, or the error
	}{
		"an enumeration": {holding(note), holding(typed("Note", status)), "order.note",
			[]string{"Note note note string(order.Status) 2", `only note 3 "draft" "in\x20transit"`, "enum order.Status", `"draft"`, `"in\x20transit"`}},
		"a text":                   {holding(note), holding(typed("Note", text("Addr"))), "order.note", []string{"and existing rows have string, which it cannot read"}},
		"another text":             {holding(typed("Note", text("Addr"))), holding(typed("Note", text("Prefix"))), "order.note", []string{"Note note note text(net/netip.Prefix) 2"}},
		"required":                 {holding(typed("Note", optional(plain))), holding(note), "order.note=it's none", []string{"Note note note string 2", `fill note 3 "it's\x20none"`}},
		"a required number":        {holding(typed("Note", optional(number))), holding(typed("Note", number)), "order.note=7", []string{"Note note note int32 2", `fill note 3 "7"`}},
		"a wider one":              {holding(typed("Note", optional(number))), holding(typed("Note", &model.Type{Kind: model.Int, Bits: 64})), "order.note=-7", []string{"Note note note int64 2", `fill note 3 "-7"`}},
		"a required bool":          {holding(typed("Note", optional(flag))), holding(typed("Note", flag)), "order.Order.Note=true", []string{"Note note note bool 2", `fill note 3 "true"`}},
		"a required enumeration":   {holding(typed("Note", optional(status))), holding(typed("Note", status)), "order.note=draft", []string{"Note note note string(order.Status) 2", `fill note 3 "draft"`}},
		"both":                     {holding(typed("Note", optional(plain))), holding(typed("Note", status)), "order.note=draft", []string{"Note note note string(order.Status) 2", `fill note 3 "draft"`, `only note 3 "draft" "in\x20transit"`, "enum order.Status", `"draft"`, `"in\x20transit"`}},
		"within JSON":              {line(optional(plain)), line(plain), "order.Line.Note=", []string{"Note note note string"}},
		"within JSON, with more":   {line(optional(plain)), line(plain), "order.Line.Note=none", []string{`"none" is no value of Note of order.Line, which is string; write one such as --retype order.Line.Note=`}},
		"without a value":          {holding(typed("Note", optional(plain))), holding(note), "order.note", []string{"Note of order.Order is no longer optional; say what rows that have none are to have, such as --retype order.note=none"}},
		"not a number":             {holding(typed("Note", optional(number))), holding(typed("Note", number)), "order.note=many", []string{`"many" is no value of Note of order.Order, which is int32; write one such as --retype order.note=0`}},
		"too great":                {holding(typed("Note", optional(number))), holding(typed("Note", number)), "order.note=3000000000", []string{`"3000000000" is no value of Note`}},
		"not one of its values":    {holding(typed("Note", optional(status))), holding(typed("Note", status)), "order.note=paid", []string{`"paid" is no value of Note of order.Order, which is string(order.Status); write one such as --retype order.note=draft`}},
		"with a value of no use":   {holding(note), holding(typed("Note", status)), "order.note=draft", []string{"Note of order.Order was not optional, so there are no rows without a value; leave out =draft"}},
		"of another column":        {holding(note), holding(typed("Note", number)), "order.note", []string{"Note of order.Order is int32, and existing rows have string, which it cannot read; change it back"}},
		"a struct that is none":    {holding(typed("Note", optional(address("City")))), holding(typed("Note", address("City"))), "order.note", []string{"which it cannot read"}},
		"what has not changed":     {holding(note), holding(note), "order.note", []string{"the type of Note in order.Order has not changed; change the Go code first"}},
		"a field that is not":      {holding(note), holding(note), "order.noted", []string{"order has no field noted in outgrow.lock; use one of"}},
		"a path that is not":       {holding(note), holding(note), "note", []string{`--retype "note": write the name of the field, such as order.status, or with a value`}},
		"a package that there isn": {holding(note), holding(note), "receipt.note", []string{`unknown package or struct "receipt"`}},
	} {
		t.Run(name, func(t *testing.T) {
			added, err := retyped(t, c.was, c.is, c.command)
			if err != nil {
				added = []string{err.Error()}
			}
			for i, want := range c.want {
				if i >= len(added) || !strings.Contains(added[i], want) {
					t.Fatalf("%q, want %q", added, c.want)
				}
			}
			if len(added) != len(c.want) {
				t.Errorf("%q, want %q", added, c.want)
			}
		})
	}
}

// TestInvalidData shows that a lock that was edited by hand is read with care.
func TestInvalidData(t *testing.T) {
	for line, want := range map[string]string{
		"fill note 3":              `want "fill COLUMN MIGRATION VALUE"`,
		`fill note 3 "a" "b"`:      `want "fill COLUMN MIGRATION VALUE"`,
		`fill note x "a"`:          "the migration is",
		"fill note 3 a":            "is not in quotes",
		`only noted 3 "a"`:         `no field above has the column "noted"`,
		`only note 3 "a" "a\x20b"`: "",
	} {
		_, err := lock.Parse([]byte("struct order.Order table orders\n  Note note note string 2\n  " + line + "\n"))
		if got := errorText(err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestDropSeesToRows shows that the next migration fails if a row has the value that is
// dropped, once for each column.
func TestDropSeesToRows(t *testing.T) {
	was, is := enum("Status", "draft", "paid", "sent"), enum("Status", "draft")
	before, _ := mustApply(t, "", holding(typed("Status", was), typed("Last", optional(was)), typed("All", list(was))), 2)
	l, err := lock.Parse([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	now := holding(typed("Status", is), typed("Last", optional(is)), typed("All", list(is)))
	if err := l.Change(now, []lock.Change{dropped(t, "order.Status.paid"), dropped(t, "order.Status.sent")}); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(now, 3); err != nil {
		t.Fatal(err)
	}
	want := "  only status 3 \"draft\"\n  only last 3 \"draft\"\n"
	if text := string(l.Text()); strings.Count(text, "  only ") != 2 || !strings.Contains(text, want) {
		t.Errorf("the lock is\n%s", text)
	}
}
