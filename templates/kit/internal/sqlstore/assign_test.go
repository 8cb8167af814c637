package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // what package sql copies is tested with it

	"github.com/outgrowkit/outgrow/templates/kit"
)

type status string

// assign copies the value of a column as Rows.Scan does.
func assign(t *testing.T, dest any, src driver.Value) error {
	t.Helper()
	if to, ok := destination(dest).(sql.Scanner); ok {
		return to.Scan(src)
	}
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), "SELECT ?", src)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	rows.Next()
	return errors.Join(Rows{rows}.Scan(dest), rows.Err())
}

func TestAssign(t *testing.T) {
	id := kit.NewUUID()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	for _, c := range []struct {
		src  driver.Value
		want any // the value that is read into a variable of its type
	}{
		{"a", "a"},
		{[]byte("a"), "a"},
		{int64(1), int64(1)},
		{int64(-1), int8(-1)},
		{int64(-1), uint64(1<<64 - 1)},
		{1.5, 1.5},
		{1.5, float32(1.5)},
		{true, true},
		{int64(0), false},
		{int64(1), true},
		{"a", []byte("a")},
		{nil, []byte(nil)},
		{"draft", status("draft")},
		{id[:], id},
		{[]byte(id.String()), id},
		{id.String(), id},
		{at.In(time.FixedZone("", 3600)), at},
		{at.UnixMicro(), at},
		{"192.0.2.1", netip.MustParseAddr("192.0.2.1")},
		{int64(1), any(int64(1))},
		{"a", sql.NullString{String: "a", Valid: true}},
		{nil, sql.NullString{}},
		{"a", new("a")},
		{nil, (*string)(nil)},
		{nil, (*int64)(nil)},
		{nil, (*status)(nil)},
		{"draft", new(status("draft"))},
		{at, &at},
	} {
		t.Run(fmt.Sprintf("%T of %T", c.want, c.src), func(t *testing.T) {
			got := reflect.New(reflect.TypeOf(c.want))
			if err := assign(t, got.Interface(), c.src); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Elem().Interface(), c.want) {
				t.Errorf("got %v, want %v", got.Elem(), c.want)
			}
		})
	}
}

func TestAssignMismatch(t *testing.T) {
	for _, c := range []struct {
		dest any
		src  driver.Value
	}{
		{new(string), nil},
		{new(int64), 1.5},
		{new(int8), int64(128)},
		{new(uint32), int64(-1)},
		{new(float64), "a"},
		{new(bool), int64(2)},
		{new(kit.UUID), []byte{1}},
		{new(kit.UUID), nil},
		{new(time.Time), "yesterday"},
		{new(netip.Addr), "here"},
		{new(netip.Addr), int64(1)},
		{new(*int8), int64(128)},
		{new(status), nil},
		{new(struct{}), "a"},
		{new([]int), "a"},
		{(*int8)(nil), int64(1)},
		{"a", "a"},
		{JSON(new([]string), nil, nil), 1.5},
	} {
		if err := assign(t, c.dest, c.src); kit.CodeOf(err) != kit.Internal {
			t.Errorf("%v of %T was read into a %T: %v", c.src, c.src, c.dest, err)
		}
	}
}

func TestValueOfWhatNoColumnCanHold(t *testing.T) {
	e := &Encoding{}
	for _, arg := range []any{struct{}{}, []int{1}, map[string]int{}, make(chan int)} {
		if v, err := e.Value(arg); kit.CodeOf(err) != kit.Internal {
			t.Errorf("a %T is kept as %v, %v", arg, v, err)
		}
	}
}
