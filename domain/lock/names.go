package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// kitTables are the tables that every project has in addition to those of its entities.
var kitTables = []string{"outbox", "outbox_lease", "inbox", "dead_letter", "idempotency_key", "kit_lock", "kit_lock_fence", "kit_version", "kit_project", "goose_db_version"}

// longestName is the maximum length in bytes of a name in Postgres, which silently cuts
// off the rest of a longer one.
const longestName = 63

// short returns the name or, if it is too long for a database, its beginning and a hash.
func short(name string) string {
	if len(name) <= longestName {
		return name
	}
	return hashed(name, name)
}

// hashed returns the beginning of the name and a hash of the identity.
func hashed(name, identity string) string {
	sum := sha256.Sum256([]byte(identity))
	hash := "_" + hex.EncodeToString(sum[:5])
	end := min(len(name), longestName-len(hash))
	for !utf8.ValidString(name[:end]) {
		end--
	}
	return name[:end] + hash
}

// free returns the name as it fits, with a number appended if it is taken. Names in SQLite
// differ in more than case.
func free(name string, fit func(string) string, taken []string) string {
	chosen := fit(name)
	isTaken := func(t string) bool { return strings.EqualFold(t, chosen) }
	for i := 2; slices.ContainsFunc(taken, isTaken); i++ {
		chosen = fit(fmt.Sprintf("%s_%d", name, i))
	}
	return chosen
}

// freeTable returns a name for a table that no other table or index has or had: in
// Postgres, they share their names.
func (l *Lock) freeTable(name string) string {
	if strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pg_") {
		name = "kept_" + name // the databases reserve those prefixes
	}
	taken := slices.Clone(kitTables)
	for _, t := range l.Tables() {
		taken = append(taken, t.Name)
		for _, i := range t.Indexes {
			taken = append(taken, i.Name)
		}
	}
	return free(name, short, taken)
}

// indexName returns the name of an index: orders_by_status_and_due, users_unique_email, or
// invoices_next_number. What could also be the name of a table or of another index has a hash.
func (l *Lock) indexName(table string, i Index) string {
	word := "by"
	switch {
	case i.Unique:
		word = wordUnique
	case i.Refers != "":
		word = wordReferences
	case i.Next:
		word = wordNext
	}
	name := table + "_" + word + "_" + strings.Join(i.Columns, "_and_")
	unclear := i.Prefix || hasWord(table, word) || slices.ContainsFunc(i.Columns, func(c string) bool { return hasWord(c, "and") })
	for _, r := range l.structs {
		unclear = unclear || strings.EqualFold(r.table, name)
	}
	if !unclear && len(name) <= longestName {
		return name
	}
	identity := table + " " + strings.Join(i.Columns, " ")
	if i.Prefix {
		identity += "/"
	}
	if i.Unique {
		identity += "!"
	}
	if i.Refers != "" {
		identity += ">" + i.Refers
	}
	if i.Next {
		identity += "+"
	}
	return hashed(name, identity)
}

func hasWord(name, word string) bool { return slices.Contains(strings.Split(name, "_"), word) }

// systemColumns are the columns that Postgres adds to every table.
var systemColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// columnName returns the name, changed if no column can have it.
func columnName(name string) string {
	if slices.Contains(systemColumns, name) {
		return name + "_"
	}
	return name
}
