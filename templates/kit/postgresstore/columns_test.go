package postgresstore

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// columnCase is a value, the type of the column that it is kept in, and how it is
// passed and read: as a pointer to it if column is nil.
type columnCase struct {
	typ    string
	value  any // a pointer to it
	column func(value any) any
}

func writeJSON[T any](b []byte, v T) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(b, text...)
}

func readJSON[T any](data []byte) (v T, err error) { return v, json.Unmarshal(data, &v) }

func jsonOf[T any](v any) any { return JSON(v.(*T), writeJSON[T], readJSON[T]) }

func optionalJSONOf[T any](v any) any { return OptionalJSON(v.(**T), writeJSON[T], readJSON[T]) }

type (
	columnStatus string
	columnFlag   bool
	columnBytes  []byte
	columnPlace  struct{ Street string }
)

func columnCases() map[string]columnCase {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	status, small, place := columnStatus("draft"), int8(-1), columnPlace{"Main Street"}
	addr := netip.MustParseAddr("192.0.2.1")
	return map[string]columnCase{
		"UUID":         {typ: "uuid", value: new(kit.NewUUID())},
		"no time yet":  {typ: "timestamptz", value: new(time.Time)},
		"zero in JSON": {typ: "json", value: new([]string{"\x00"}), column: jsonOf[[]string]},
		"time":         {typ: "timestamptz", value: new(at)},
		"int":          {typ: "bigint", value: new(math.MinInt)},
		"int8":         {typ: "bigint", value: new(int8(-128))},
		"int64":        {typ: "bigint", value: new(int64(math.MaxInt64))},
		"uint64":       {typ: "bigint", value: new(uint64(math.MaxUint64))},
		"duration":     {typ: "bigint", value: new(time.Minute)},
		"float32":      {typ: "double precision", value: new(float32(1.5))},
		"float64":      {typ: "double precision", value: new(math.Pi)},
		"bool":         {typ: "boolean", value: new(true)},
		"named bool":   {typ: "boolean", value: new(columnFlag(true))},
		"string":       {typ: "text", value: new("✓")},
		"named string": {typ: "text", value: new(status)},
		"bytes":        {typ: "bytea", value: new([]byte{0, 1})},
		"empty bytes":  {typ: "bytea", value: new([]byte{})},
		"no bytes":     {typ: "bytea", value: new([]byte)},
		"named bytes":  {typ: "bytea", value: new(columnBytes{1})},
		"text":         {typ: "text", value: new(addr)},
		"some string":  {typ: "text", value: new(new("a"))},
		"no string":    {typ: "text", value: new(*string)},
		"some int64":   {typ: "bigint", value: new(new(int64(1)))},
		"no int64":     {typ: "bigint", value: new(*int64)},
		"some int8":    {typ: "bigint", value: new(&small)},
		"some float64": {typ: "double precision", value: new(new(0.5))},
		"some bool":    {typ: "boolean", value: new(new(false))},
		"no bool":      {typ: "boolean", value: new(*bool)},
		"some UUID":    {typ: "uuid", value: new(new(kit.NewUUID()))},
		"no UUID":      {typ: "uuid", value: new(*kit.UUID)},
		"some time":    {typ: "timestamptz", value: new(&at)},
		"no time":      {typ: "timestamptz", value: new(*time.Time)},
		"some status":  {typ: "text", value: new(&status)},
		"some text":    {typ: "text", value: new(&addr)},
		"no text":      {typ: "text", value: new(*netip.Addr)},
		"list":         {typ: "json", value: new([]string{"a", "✓"}), column: jsonOf[[]string]},
		"empty list":   {typ: "json", value: new([]string{}), column: jsonOf[[]string]},
		"no list":      {typ: "json", value: new([]string), column: jsonOf[[]string]},
		"map":          {typ: "json", value: new(map[string]int{"a": 1}), column: jsonOf[map[string]int]},
		"no map":       {typ: "json", value: new(map[string]int), column: jsonOf[map[string]int]},
		"struct":       {typ: "json", value: new(place), column: jsonOf[columnPlace]},
		"some struct":  {typ: "json", value: new(&place), column: optionalJSONOf[columnPlace]},
		"no struct":    {typ: "json", value: new(*columnPlace), column: optionalJSONOf[columnPlace]},
	}
}

// TestColumns keeps values in columns and reads them back.
func TestColumns(t *testing.T) {
	db := openTest(t)
	for name, c := range columnCases() {
		t.Run(name, func(t *testing.T) {
			got := reflect.New(reflect.TypeOf(c.value).Elem()).Interface()
			arg, dest := c.value, got
			if c.column != nil {
				arg, dest = c.column(arg), c.column(dest)
			}
			table := `"column of ` + name + `"`
			runText(t, db, `CREATE TABLE `+table+` ("c" `+c.typ+`)`)
			runChange(t, db, `INSERT INTO `+table+` VALUES ($1)`, arg)
			found, err := db.Statement(`SELECT "c" FROM `+table).Row(t.Context(), func(row Scanner) error { return row.Scan(dest) })
			if err != nil || !found {
				t.Fatalf("found: %v, %v", found, err)
			}
			if !reflect.DeepEqual(got, c.value) {
				t.Errorf("read %v, want %v", got, c.value)
			}
			readFromArray(t, db, c, got, dest, arg)
		})
	}
}

// readFromArray reads the value of an array, as inserts in batches pass it.
func readFromArray(t *testing.T, db *DB, c columnCase, got, dest, arg any) {
	t.Helper()
	value, err := encoding.Value(arg)
	if err != nil {
		t.Fatal(err)
	}
	text := `SELECT "v" FROM unnest($1::` + c.typ + `[]) AS "u" ("v") LIMIT 1`
	_, err = db.Statement(text).Row(t.Context(), func(row Scanner) error { return row.Scan(dest) }, arraysOf([][]any{{value}, {nil}}, 1)...)
	if err != nil || !reflect.DeepEqual(got, c.value) {
		t.Errorf("read %v from the array, want %v: %v", got, c.value, err)
	}
}

// runChange runs a statement in a transaction of its own.
func runChange(t *testing.T, db *DB, text string, args ...any) {
	t.Helper()
	err := db.Within(t.Context(), func(ctx context.Context) error {
		_, err := db.Statement(text).Exec(ctx, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

type unwritableText struct{}

var errUnwritable = errors.New("cannot be written")

func (unwritableText) MarshalText() ([]byte, error) { return nil, errUnwritable }

func TestTextThatCannotBeWritten(t *testing.T) {
	db := openTest(t)
	err := db.Within(t.Context(), func(ctx context.Context) error {
		_, err := db.Statement(`SELECT $1::text`).Exec(ctx, unwritableText{})
		return err
	})
	if !errors.Is(err, errUnwritable) {
		t.Errorf("got %v", err)
	}
}
