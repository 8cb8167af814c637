package lock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// kitTables are the tables that every project has in addition to those of its entities.
var kitTables = []string{"outbox", "inbox", "dead_letter", "idempotency_key", "goose_db_version"}

// freeTable returns a name for a table that no other table has or had.
func (l *Lock) freeTable(name string) string {
	if strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pg_") {
		name = "kept_" + name // the databases reserve those prefixes
	}
	taken := slices.Clone(kitTables)
	for _, r := range l.structs {
		taken = append(taken, r.table)
	}
	chosen := name
	for i := 2; slices.Contains(taken, chosen); i++ {
		chosen = fmt.Sprintf("%s_%d", name, i)
	}
	return chosen
}

// systemColumns are the columns that Postgres adds to every table.
var systemColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// columnName returns the name, changed if no column can have it.
func columnName(name string) string {
	if slices.Contains(systemColumns, name) {
		return name + "_"
	}
	return name
}

// typeOf returns the name of a type as it is sent and stored. A struct
// is called as in the lock, which has its members as well.
func typeOf(p *model.Project, t *model.Type) string {
	switch t.Kind {
	case model.Pointer:
		return typeOf(p, t.Elem) + "?"
	case model.Slice:
		return "[]" + typeOf(p, t.Elem)
	case model.Map:
		return "map[" + typeOf(p, t.Key) + "]" + typeOf(p, t.Elem)
	case model.Record:
		return keyOf(p, t.Struct)
	case model.Int, model.Uint, model.Float:
		if t.Bits != 0 {
			return string(t.Kind) + strconv.Itoa(t.Bits)
		}
	}
	return string(t.Kind)
}

// kept returns a type with json in place of the struct that it is made of: whichever
// it is, it is kept alike.
func kept(typ string) string {
	begin := strings.LastIndexByte(typ, ']') + 1
	end := len(strings.TrimRight(typ, "?"))
	if begin < end && strings.Contains(typ[begin:end], ".") {
		return typ[:begin] + "json" + typ[end:]
	}
	return typ
}

// bits are the sizes of numbers. An int has 64 bits wherever services run.
var bits = map[string]int{
	"int8": 8, "int16": 16, "int32": 32, "int64": 64, "int": 64,
	"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "uint": 64,
	"float32": 32, "float64": 64,
}

// widens reports whether every value of the old type can be read as the new type from
// the same column.
func widens(was, is string) bool {
	was, wasOptional := strings.CutSuffix(was, "?")
	is, isOptional := strings.CutSuffix(is, "?")
	family := func(typ string) string { return strings.TrimRight(typ, "0123456789") }
	return wasOptional == isOptional && bits[was] > 0 && bits[is] >= bits[was] && family(was) == family(is)
}
