package postgresstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// columnCase is a value as it is kept, and where it is read to.
type columnCase struct {
	typ       string
	kept      any
	to        sql.Scanner
	got, want any
}

// columnOf returns the case of a value that is to come back as it is.
func columnOf[T any](typ string, value T, of func(T) any, to func(*T) sql.Scanner) columnCase {
	got := new(T)
	return columnCase{typ, of(value), to(got), got, &value}
}

func writeTexts(b []byte, v []string) []byte {
	text, _ := json.Marshal(v) // strings can always be written
	return append(b, text...)
}

func readTexts(data []byte) (v []string, err error) { return v, json.Unmarshal(data, &v) }

func writeCounts(b []byte, v map[string]int) []byte {
	text, _ := json.Marshal(v) // so can numbers
	return append(b, text...)
}

func readCounts(data []byte) (v map[string]int, err error) { return v, json.Unmarshal(data, &v) }

func ofTexts(v []string) any           { return ofList(v, writeTexts) }
func toTexts(to *[]string) sql.Scanner { return toJSON(to, readTexts) }

func columnCases() map[string]columnCase {
	id := kit.NewUUID()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	optionalTime := func(v *time.Time) any { return ofOptional(v, ofTime) }
	toOptionalTime := func(to **time.Time) sql.Scanner { return toOptional(to, toTime) }
	counts := map[string]int{"a": 1}
	optionalMap := func(v *map[string]int) any { return ofOptional(v, writeJSON(writeCounts)) }
	toOptionalMap := func(to **map[string]int) sql.Scanner { return toOptional(to, readJSON(readCounts)) }
	return map[string]columnCase{
		"no time yet":  columnOf("timestamptz", time.Time{}, ofTime, toTime),
		"zero in JSON": columnOf("json", []string{"\x00"}, ofTexts, toTexts),
		"UUID":         columnOf("uuid", id, ofUUID, toUUID),
		"time":         columnOf("timestamptz", at, ofTime, toTime),
		"int":          columnOf("bigint", math.MinInt, ofInt[int], toInt[int]),
		"int8":         columnOf("bigint", int8(-128), ofInt[int8], toInt[int8]),
		"uint64":       columnOf("bigint", uint64(math.MaxUint64), ofInt[uint64], toInt[uint64]),
		"text":         columnOf("text", netip.MustParseAddr("192.0.2.1"), ofText[netip.Addr], toText[netip.Addr]),
		"list":         columnOf("json", []string{"a", "✓"}, ofTexts, toTexts),
		"empty list":   columnOf("json", []string{}, ofTexts, toTexts),
		"no list":      columnOf("json", nil, ofTexts, toTexts),
		"some time":    columnOf("timestamptz", &at, optionalTime, toOptionalTime),
		"no time":      columnOf("timestamptz", nil, optionalTime, toOptionalTime),
		"some map":     columnOf("json", &counts, optionalMap, toOptionalMap),
		"map":          columnOf("json", counts, ofCounts, toCounts),
		"no map":       columnOf("json", nil, ofCounts, toCounts),
		"text of JSON": columnOf("json", []string{"x"}, func(v []string) any { return ofJSON(v, writeTexts) }, toTexts),
	}
}

func ofCounts(v map[string]int) any           { return ofMap(v, writeCounts) }
func toCounts(to *map[string]int) sql.Scanner { return toJSON(to, readCounts) }

// TestColumns keeps values in columns of their types and reads them back.
func TestColumns(t *testing.T) {
	db := openTest(t)
	for name, c := range columnCases() {
		t.Run(name, func(t *testing.T) {
			table := `"column of ` + name + `"`
			runText(t, db, `CREATE TABLE `+table+` ("c" `+c.typ+`)`)
			runChange(t, db, `INSERT INTO `+table+` VALUES ($1)`, c.kept)
			found, err := db.Statement(`SELECT "c" FROM `+table).Row(t.Context(), func(row Scanner) error { return row.Scan(c.to) })
			if err != nil || !found {
				t.Fatalf("found: %v, %v", found, err)
			}
			if !reflect.DeepEqual(c.got, c.want) {
				t.Errorf("kept as %v and read as %v, want %v", c.kept, c.got, c.want)
			}
		})
	}
}

// TestPlainColumns keeps what the driver alone translates.
func TestPlainColumns(t *testing.T) {
	db := openTest(t)
	runText(t, db, `CREATE TABLE "plain" ("f" double precision, "b" boolean, "t" text, "x" bytea)`)
	for _, f := range []float64{math.MaxFloat64, math.SmallestNonzeroFloat64, -0.1, math.Inf(-1), math.Copysign(0, -1)} {
		runChange(t, db, `INSERT INTO "plain" VALUES ($1, $2, $3, $4)`, f, true, "Zoë ✓ '\\", []byte{0, 255})
		var gotF float64
		var gotB bool
		var gotT string
		var gotX []byte
		_, err := db.Statement(`DELETE FROM "plain" RETURNING *`).inWrite(t, func(row Scanner) error { return row.Scan(&gotF, &gotB, &gotT, &gotX) })
		if err != nil {
			t.Fatal(err)
		}
		if math.Float64bits(gotF) != math.Float64bits(f) || !gotB || gotT != "Zoë ✓ '\\" || string(gotX) != "\x00\xff" {
			t.Errorf("got %v, %v, %q, %x of %v", gotF, gotB, gotT, gotX, f)
		}
	}
}

// inWrite runs the statement in a transaction of its own, and scans its first row.
func (s *Statement) inWrite(t *testing.T, scan func(Scanner) error) (found bool, err error) {
	err = s.db.Write(t.Context(), func(ctx context.Context) (err error) {
		found, err = s.Row(ctx, scan)
		return err
	})
	return found, err
}

func TestTextThatCannotBeKept(t *testing.T) {
	db := openTest(t)
	wantCode(t, db.Emit(t.Context(), textEvent{"\x00:1"}), kit.Invalid)
}

// runChange runs a statement in a transaction of its own.
func runChange(t *testing.T, db *DB, text string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context) error {
		_, err := db.Statement(text).Exec(ctx, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestColumnsOfAnotherType(t *testing.T) {
	for name, c := range columnCases() {
		if err := c.to.Scan(1.5); kit.CodeOf(err) != kit.Internal {
			t.Errorf("%s was read from a number with a fraction: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"a UUID of one byte":  toUUID(new(kit.UUID)).Scan([]byte{1}),
		"an int8 of 128":      toInt(new(int8)).Scan(int64(128)),
		"a uint32 of -1":      toInt(new(uint32)).Scan(int64(-1)),
		"an address of words": toText(new(netip.Addr)).Scan("here"),
		"a list of an object": toTexts(new([]string)).Scan("{}"),
	} {
		if err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

type unwritableText struct{}

var errUnwritable = errors.New("cannot be written")

func (unwritableText) MarshalText() ([]byte, error) { return nil, errUnwritable }

func TestTextThatCannotBeWritten(t *testing.T) {
	db := openTest(t)
	err := db.Write(t.Context(), func(ctx context.Context) error {
		_, err := db.Statement(`SELECT $1::text`).Exec(ctx, ofText(unwritableText{}))
		return err
	})
	if !errors.Is(err, errUnwritable) {
		t.Errorf("got %v", err)
	}
}

func TestReadPage(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	for n := range 5 {
		if err := s.put(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	scan := func(row Scanner, n *int64) error { return row.Scan(toInt(n)) }
	id := func(n int64) kit.UUID { return kit.UUID{15: byte(n)} }
	run := db.Statement(`SELECT "n" FROM "scratch" WHERE "n" >= $1 ORDER BY "n" LIMIT $2`)
	for limit, want := range map[int]kit.Listing[int64]{
		2: {Items: []int64{1, 2}, Next: id(2)},
		4: {Items: []int64{1, 2, 3, 4}},
		0: {Items: []int64{1}, Next: id(1)},
	} {
		got, err := readPage(t.Context(), run, limit, scan, id, 1)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("a page of %d is %v, %v, want %v", limit, got, err, want)
		}
	}
	wrong := func(Scanner, *int64) error { return errUnwritable }
	if _, err := readPage(t.Context(), run, 2, wrong, id, 1); !errors.Is(err, errUnwritable) {
		t.Errorf("got %v", err)
	}
}
