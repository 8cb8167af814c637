package storegen

import (
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// dialect is what is specific to a database. Everything else is the same in all
// statements.
type dialect struct {
	adapter string
	// types are the types of columns by the kinds of fields; other columns are text.
	types  map[model.Kind]string
	text   string
	bytes  string // has a text compared by its bytes, where it is not otherwise
	json   string // the type of columns with JSON
	suffix string // the text after the columns of a table
	// same returns a condition that is true if the column equals the parameter, or if
	// both are NULL.
	same func(column, parameter string) string
	// differs is the operator that tells whether rows of values differ, NULL being a value.
	differs string
	// in returns a condition that is true if the column, of the type, is one of the values
	// that the parameter holds: see In of the stores. A text is one of several in an index.
	in func(column, parameter, typ string, texts int) string
	// starts returns a condition that is true if a text, one of several, begins with the
	// parameter. It also compares what is indexed, from the parameter to what comes after all that
	// begins with it.
	starts func(column, parameter string, texts int) string
	// bytewise follows a text in an index by which its beginning is compared.
	bytewise string
	// prefix returns the first characters of a text, which are indexed; it is nil if the
	// whole text is.
	prefix func(text string, characters int) string
	// digest returns what stands for a text in a unique index beside its first characters; it is
	// nil if the whole text is there.
	digest func(text string) string
	// batches reports whether concurrent inserts are combined in one statement.
	batches bool
	element elements
	// nothing are the values of existing rows in a new column, by its type.
	nothing map[string]string
}

// dialects are the dialects in which stores are derived.
var dialects = []dialect{
	{
		adapter: "sqlite",
		types: map[model.Kind]string{
			model.Bool: "INTEGER", model.Int: "INTEGER", model.Uint: "INTEGER",
			model.Time: "INTEGER", model.Duration: "INTEGER", // microseconds since 1970, and nanoseconds
			model.Float: "REAL", model.UUID: "BLOB", model.Bytes: "BLOB",
		},
		text: "TEXT", json: "TEXT",
		// Rows are stored in the order of their keys. New UUIDs are greater than earlier
		// ones, so rows are added at the end.
		suffix:  " STRICT, WITHOUT ROWID",
		same:    func(column, parameter string) string { return column + " IS " + parameter },
		differs: "IS NOT",
		in: func(column, parameter, typ string, _ int) string {
			value := `"value"`
			if typ == "BLOB" {
				value = "unhex(" + value + ")"
			}
			return column + " IN (SELECT " + value + " FROM json_each(" + parameter + "))"
		},
		starts: func(column, parameter string, _ int) string {
			// No text has the byte FF, and texts are compared by their bytes.
			return column + " >= " + parameter + " AND " + column + " < " + parameter + " || CAST(x'ff' AS TEXT)" +
				" AND substr(" + column + ", 1, length(" + parameter + ")) = " + parameter
		},
		element: elements{
			each: `json_each(%s) AS "c"`, position: `"c"."key" + 1`, count: "CAST(json_array_length(%s) AS TEXT)",
			member: `json_extract("c"."value", '$."%s"')`, json: `nullif("c"."value" -> '$."%s"', 'null')`,
			of: map[model.Kind]string{
				model.UUID: "unhex(replace(?, '-', ''))",
				model.Time: "unixepoch(substr(?, 1, 19)) * 1000000 + CAST(substr(rtrim(substr(?, 21), 'Z') || '000000', 1, 6) AS INTEGER)",
				"zero":     "-62135596800000000",
			},
		},
		nothing: map[string]string{"INTEGER": "0", "REAL": "0", "BLOB": "x'" + strings.Repeat("00", 16) + "'", "TEXT": "''"},
	},
	{
		adapter: "postgres",
		types: map[model.Kind]string{
			model.Bool: "boolean", model.Int: "bigint", model.Uint: "bigint",
			model.Time: "timestamptz", model.Duration: "bigint", // nanoseconds
			model.Float: "double precision", model.UUID: "uuid", model.Bytes: "bytea",
		},
		text: "text", bytes: ` COLLATE "C"`, json: "json", batches: true,
		// IS NOT DISTINCT FROM would not use the index.
		same: func(column, parameter string) string {
			return "(" + column + " = " + parameter + " OR " + column + " IS NULL AND " + parameter + " IS NULL)"
		},
		differs: "IS DISTINCT FROM",
		in: func(column, parameter, typ string, texts int) string {
			condition := column + " = ANY(" + parameter + "::" + typ + "[])"
			if typ != "text" || texts == 0 { // a key is indexed as a whole
				return condition
			}
			return left(column, indexedCharacters/texts) + ` = ANY(ARRAY(SELECT ` + left(`"v"`, indexedCharacters/texts) +
				` FROM unnest(` + parameter + `::text[]) AS "v")) AND ` + condition
		},
		starts: func(column, parameter string, texts int) string {
			n := indexedCharacters / texts
			// What is indexed has no more than n characters, of which none comes after this one.
			return left(column, n) + " ~>=~ " + left(parameter, n) + " AND " + left(column, n) + " ~<=~ (" + left(parameter, n) + " || repeat(chr(1114111), " + strconv.Itoa(n) + "))" +
				" AND starts_with(" + column + ", " + parameter + ")"
		},
		bytewise: " text_pattern_ops",
		prefix:   left,
		element: elements{
			each: `json_array_elements(%s) WITH ORDINALITY AS "c" ("value", "n")`, position: `"c"."n"`, count: "json_array_length(%s)::text::json",
			member: `("c"."value" ->> '%s')`, json: `nullif(("c"."value" -> '%s')::text, 'null')::json`,
			of: map[model.Kind]string{
				model.Bool: "?::boolean", model.Int: "?::bigint", model.Uint: "?::bigint", model.Float: "?::double precision",
				model.UUID: "?::uuid", model.Time: "?::timestamptz", "zero": "'0001-01-01 00:00:00+00'",
			},
		},
		digest: func(text string) string { return "md5(" + text + ")" },
		nothing: map[string]string{
			"boolean": "false", "bigint": "0", "double precision": "0", "text": "''", "timestamptz": "'epoch'",
			"uuid": "'00000000-0000-0000-0000-000000000000'",
		},
	},
}

// left returns the first characters of a text.
func left(text string, characters int) string {
	return "left(" + text + ", " + strconv.Itoa(characters) + ")"
}

// columnOf returns the type of the column of a field. Lists, maps and structs are JSON.
func (d *dialect) columnOf(t *model.Type) string {
	t = t.Value()
	switch t.Kind {
	case model.Slice, model.Map, model.Record:
		return d.json
	}
	if typ, ok := d.types[t.Kind]; ok {
		return typ
	}
	return d.text
}

// indexedCharacters is the number of characters that are indexed of all texts in an index
// entry: PostgreSQL allows 2704 bytes, and a character has up to 4.
const indexedCharacters = 500

// indexed returns the expression by which a text, one of several, is indexed.
func (d *dialect) indexed(text string, several int) string {
	if d.prefix == nil {
		return text
	}
	return d.prefix(text, indexedCharacters/several)
}

// dialectOf returns the dialect of an adapter, or nil if it has none.
func dialectOf(adapter string) *dialect {
	for i, d := range dialects {
		if d.adapter == adapter {
			return &dialects[i]
		}
	}
	return nil
}
