package storegen_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// numbered is the table of invoices, which has rows before a method returns numbers for them.
type numbered struct {
	*testing.T
	db         *sql.DB
	migrations []plan.File // of the table, of NextNumber on two branches, and of its end
	statement  string      // of the method
	row        string      // inserts one with a number
}

func openNumbered(t *testing.T, adapter string, db *sql.DB) numbered {
	t.Helper()
	return openNumberedOf(t, adapter, db, "keys", `INSERT INTO "invoices" ("number", "customer", "total", "version") VALUES (%d, '', 0, 1)`)
}

// openNumberedOf is openNumbered for an example, whose rows a statement inserts. They refer to nothing.
func openNumberedOf(t *testing.T, adapter string, db *sql.DB, example, row string) numbered {
	t.Helper()
	p, tables := read(t, "example.com/shop", sources(t, example, "example.com/shop"))
	i := slices.IndexFunc(tables, func(t lock.Table) bool { return t.Name == "invoices" })
	tables[i].Indexes = slices.DeleteFunc(tables[i].Indexes, func(i lock.Index) bool { return i.Refers != "" })
	at := slices.IndexFunc(tables[i].Indexes, func(i lock.Index) bool { return i.Next })
	ours := &tables[i].Indexes[at]
	ours.Since, ours.Until = 20, 40
	theirs := *ours
	theirs.Since = 30
	tables[i].Indexes = append(tables[i].Indexes, theirs)
	files, err := storegen.Migrations(p, tables[i:i+1])
	if err != nil {
		t.Fatal(err)
	}
	n := numbered{T: t, db: db, row: row}
	for _, f := range files {
		if strings.HasPrefix(f.Path, "adapters/"+adapter+"/") {
			n.migrations = append(n.migrations, f)
		}
	}
	derived, err := storegen.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	file := map[string]string{"keys": "/stock_gen.go", "tenants": "/account_gen.go"}[example]
	n.statement = queryPlans{T: t, derived: "adapters/" + adapter + file, files: derived}.statements()["nextNumber"]
	n.up(0)
	return n
}

func (n numbered) up(migration int) {
	n.Helper()
	up, _, _ := strings.Cut(string(n.migrations[migration].Data), "-- +goose Down")
	execute(n.T, n.db, up)
}

func (n numbered) down(migration int) {
	n.Helper()
	_, down, _ := strings.Cut(string(n.migrations[migration].Data), "-- +goose Down")
	execute(n.T, n.db, down)
}

func (n numbered) insert(number int) {
	n.Helper()
	execute(n.T, n.db, fmt.Sprintf(n.row, number))
}

func (n numbered) wantNext(want int) {
	n.Helper()
	got := 0
	selectRows(n.T, n.db, n.statement, func(rows *sql.Rows) error { return rows.Scan(&got) })
	if got != want {
		n.Errorf("the next number is %d, want %d", got, want)
	}
}

// TestNumbersGoOn begins with numbers after those of the rows that there are, goes on when another
// branch begins as well, and leaves nothing behind.
func TestNumbersGoOn(t *testing.T) {
	for adapter, open := range map[string]func(t *testing.T) *sql.DB{
		"sqlite":   func(t *testing.T) *sql.DB { return openSQL(t, "sqlite3", ":memory:") },
		"postgres": func(t *testing.T) *sql.DB { return openSQL(t, "postgres", testserver.Postgres(t)) },
	} {
		t.Run(adapter, func(t *testing.T) {
			n := openNumbered(t, adapter, open(t))
			if got := n.migrations[1].Path; got != "adapters/"+adapter+"/migrations/00020_invoices_next_number.sql" {
				t.Errorf("the migration is %s", got)
			}
			n.insert(-5)
			n.up(1)
			n.wantNext(1)
			n.down(1)
			n.insert(7)
			n.up(1)
			n.wantNext(8)
			n.wantNext(9)
			execute(t, n.db, `DELETE FROM "invoices"`)
			n.up(2) // that of another branch
			n.wantNext(10)
			n.insert(10)
			n.up(2)
			n.wantNext(11)
			n.insert(15)
			n.up(2)
			n.wantNext(16)
			n.up(3)
			n.down(3)
			n.wantNext(16)
			n.up(3)
			if _, err := n.db.ExecContext(t.Context(), n.statement); err == nil {
				t.Error("numbers go on")
			}
		})
	}
}

// TestNumbersOfTenantsGoOn is TestNumbersGoOn for the numbers of each tenant.
func TestNumbersOfTenantsGoOn(t *testing.T) {
	for adapter, open := range map[string]func(t *testing.T) *sql.DB{
		"sqlite":   func(t *testing.T) *sql.DB { return openSQL(t, "sqlite3", ":memory:") },
		"postgres": func(t *testing.T) *sql.DB { return openSQL(t, "postgres", testserver.Postgres(t)) },
	} {
		t.Run(adapter, func(t *testing.T) {
			n := openNumberedOf(t, adapter, open(t), "tenants", `INSERT INTO "invoices" ("number", "customer", "part", "total") VALUES (%d, 'acme', '', 0)`)
			next := n.statement
			of := func(tenant string) { n.statement = strings.ReplaceAll(next, "$1", "'"+tenant+"'") }
			n.insert(-5)
			n.up(1)
			for tenant, want := range map[string]int{"acme": 1, "other": 1} {
				of(tenant)
				n.wantNext(want)
			}
			n.down(1)
			n.insert(7)
			n.up(1)
			of("other")
			n.wantNext(1)
			of("acme")
			n.wantNext(8)
			n.wantNext(9)
			n.up(2) // that of another branch
			n.wantNext(10)
			n.insert(15)
			n.up(2)
			n.wantNext(16)
			of("other")
			n.wantNext(2)
			n.up(3)
			if _, err := n.db.ExecContext(t.Context(), n.statement); err == nil {
				t.Error("numbers go on")
			}
		})
	}
}

// TestNumbersMeanwhile applies the migration of another branch while numbers are taken.
func TestNumbersMeanwhile(t *testing.T) {
	dsn := testserver.Postgres(t)
	n := openNumbered(t, "postgres", openSQL(t, "postgres", dsn))
	n.up(1)
	var all sync.WaitGroup
	for range 4 {
		db := openSQL(t, "postgres", dsn)
		all.Go(func() {
			for range 500 {
				if _, err := db.ExecContext(t.Context(), `INSERT INTO "invoices" ("number", "customer", "total", "version")
					SELECT "n", '', 0, 1 FROM (`+n.statement+`) AS "next" ("n")`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		execute(t, n.db, "BEGIN")
		n.up(2)
		execute(t, n.db, "COMMIT")
	}
	all.Wait()
}
