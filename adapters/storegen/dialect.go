package storegen

import (
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// dialect is what a database has of its own. Where it says nothing, the text of
// a statement is the same for all.
type dialect struct {
	adapter string
	// types are the types of columns by the kinds of fields; the rest are text.
	types  map[model.Kind]string
	text   string
	json   string // the type of columns that hold JSON
	suffix string // what stands behind the columns of a table
	// same returns what is true of rows whose column is as the parameter, also
	// where both are NULL.
	same func(column, parameter string) string
	// prefix returns what is indexed of a text, its first characters; nil where the
	// whole of it is.
	prefix func(text string, characters int) string
	// batches reports whether inserts made at the same time are made by one statement.
	batches bool
	// nothing are what rows of before have in a column that is new, by its type.
	nothing map[string]string
}

// dialects are those that stores are derived in.
var dialects = []dialect{
	{
		adapter: "sqlite",
		types: map[model.Kind]string{
			model.Bool: "INTEGER", model.Int: "INTEGER", model.Uint: "INTEGER",
			model.Time: "INTEGER", model.Duration: "INTEGER", // microseconds since 1970, and nanoseconds
			model.Float: "REAL", model.UUID: "BLOB", model.Bytes: "BLOB",
		},
		text: "TEXT", json: "TEXT",
		// Rows lie in the order of their keys: new UUIDs are greater than those
		// before, so that rows are added at the end.
		suffix:  " STRICT, WITHOUT ROWID",
		same:    func(column, parameter string) string { return column + " IS " + parameter },
		nothing: map[string]string{"INTEGER": "0", "REAL": "0", "BLOB": "x'" + strings.Repeat("00", 16) + "'", "TEXT": "''"},
	},
	{
		adapter: "postgres",
		types: map[model.Kind]string{
			model.Bool: "boolean", model.Int: "bigint", model.Uint: "bigint",
			model.Time: "timestamptz", model.Duration: "bigint", // nanoseconds
			model.Float: "double precision", model.UUID: "uuid", model.Bytes: "bytea",
		},
		text: "text", json: "json", batches: true,
		// IS NOT DISTINCT FROM would not use the index.
		same: func(column, parameter string) string {
			return "(" + column + " = " + parameter + " OR " + column + " IS NULL AND " + parameter + " IS NULL)"
		},
		prefix: func(text string, characters int) string {
			return "left(" + text + ", " + strconv.Itoa(characters) + ")"
		},
		nothing: map[string]string{
			"boolean": "false", "bigint": "0", "double precision": "0", "text": "''", "timestamptz": "'epoch'",
			"uuid": "'00000000-0000-0000-0000-000000000000'",
		},
	},
}

// columnOf returns the type of the column of a field. Lists, maps and structs are JSON.
func (d *dialect) columnOf(t *model.Type) string {
	if t.Kind == model.Pointer {
		t = t.Elem
	}
	switch t.Kind {
	case model.Slice, model.Map, model.Record:
		return d.json
	}
	if typ, ok := d.types[t.Kind]; ok {
		return typ
	}
	return d.text
}

// indexedCharacters is how much of the texts in an entry of an index is indexed, all
// together: PostgreSQL takes 2704 bytes, and a character has up to 4.
const indexedCharacters = 500

// indexed returns how a text, one of several in the same index, stands there.
func (d *dialect) indexed(text string, several int) string {
	if d.prefix == nil {
		return text
	}
	return d.prefix(text, indexedCharacters/several)
}

// dialectOf returns the dialect of an adapter, or nil where it has none.
func dialectOf(adapter string) *dialect {
	for i, d := range dialects {
		if d.adapter == adapter {
			return &dialects[i]
		}
	}
	return nil
}
