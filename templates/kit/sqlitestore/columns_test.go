package sqlitestore

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
		"UUID":         {typ: "BLOB", value: new(kit.NewUUID())},
		"time":         {typ: "INTEGER", value: new(at)},
		"int":          {typ: "INTEGER", value: new(math.MinInt)},
		"int8":         {typ: "INTEGER", value: new(int8(-128))},
		"int64":        {typ: "INTEGER", value: new(int64(math.MaxInt64))},
		"uint64":       {typ: "INTEGER", value: new(uint64(math.MaxUint64))},
		"duration":     {typ: "INTEGER", value: new(time.Minute)},
		"float32":      {typ: "REAL", value: new(float32(1.5))},
		"float64":      {typ: "REAL", value: new(math.Pi)},
		"bool":         {typ: "INTEGER", value: new(true)},
		"named bool":   {typ: "INTEGER", value: new(columnFlag(true))},
		"string":       {typ: "TEXT", value: new("✓")},
		"named string": {typ: "TEXT", value: new(status)},
		"bytes":        {typ: "BLOB", value: new([]byte{0, 1})},
		"empty bytes":  {typ: "BLOB", value: new([]byte{})},
		"no bytes":     {typ: "BLOB", value: new([]byte)},
		"named bytes":  {typ: "BLOB", value: new(columnBytes{1})},
		"text":         {typ: "TEXT", value: new(addr)},
		"some string":  {typ: "TEXT", value: new(new("a"))},
		"no string":    {typ: "TEXT", value: new(*string)},
		"some int64":   {typ: "INTEGER", value: new(new(int64(1)))},
		"no int64":     {typ: "INTEGER", value: new(*int64)},
		"some int8":    {typ: "INTEGER", value: new(&small)},
		"some float64": {typ: "REAL", value: new(new(0.5))},
		"some bool":    {typ: "INTEGER", value: new(new(false))},
		"no bool":      {typ: "INTEGER", value: new(*bool)},
		"some UUID":    {typ: "BLOB", value: new(new(kit.NewUUID()))},
		"no UUID":      {typ: "BLOB", value: new(*kit.UUID)},
		"some time":    {typ: "INTEGER", value: new(&at)},
		"no time":      {typ: "INTEGER", value: new(*time.Time)},
		"some status":  {typ: "TEXT", value: new(&status)},
		"some text":    {typ: "TEXT", value: new(&addr)},
		"no text":      {typ: "TEXT", value: new(*netip.Addr)},
		"list":         {typ: "TEXT", value: new([]string{"a", "✓"}), column: jsonOf[[]string]},
		"empty list":   {typ: "TEXT", value: new([]string{}), column: jsonOf[[]string]},
		"no list":      {typ: "TEXT", value: new([]string), column: jsonOf[[]string]},
		"map":          {typ: "TEXT", value: new(map[string]int{"a": 1}), column: jsonOf[map[string]int]},
		"no map":       {typ: "TEXT", value: new(map[string]int), column: jsonOf[map[string]int]},
		"struct":       {typ: "TEXT", value: new(place), column: jsonOf[columnPlace]},
		"some struct":  {typ: "TEXT", value: new(&place), column: optionalJSONOf[columnPlace]},
		"no struct":    {typ: "TEXT", value: new(*columnPlace), column: optionalJSONOf[columnPlace]},
	}
}

// TestColumns keeps values in columns of strict types and reads them back.
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
			runChange(t, db, `CREATE TABLE `+table+` ("c" `+c.typ+`) STRICT`)
			runChange(t, db, `INSERT INTO `+table+` VALUES (?)`, arg)
			found, err := db.Statement(`SELECT "c" FROM `+table).Row(t.Context(), func(row Scanner) error { return row.Scan(dest) })
			if err != nil || !found {
				t.Fatalf("found: %v, %v", found, err)
			}
			if !reflect.DeepEqual(got, c.value) {
				t.Errorf("read %v, want %v", got, c.value)
			}
		})
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
		_, err := db.Statement(`SELECT ?`).Exec(ctx, unwritableText{})
		return err
	})
	if !errors.Is(err, errUnwritable) {
		t.Errorf("got %v", err)
	}
}

func TestScanCounts(t *testing.T) {
	db := openTest(t)
	var a, b int64
	two := db.Statement("SELECT 1, 2")
	for _, dest := range [][]any{{&a}, {&a, &b, &b}, {}} {
		if _, err := two.Row(t.Context(), func(row Scanner) error { return row.Scan(dest...) }); err == nil {
			t.Errorf("two columns were copied to %d variables", len(dest))
		}
	}
	if _, err := db.Statement("SELECT ?1 + ?2").Row(t.Context(), func(Scanner) error { return nil }, 1); err == nil {
		t.Error("a parameter was missing, and nobody said so")
	}
}
