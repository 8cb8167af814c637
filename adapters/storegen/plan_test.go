package storegen_test

import (
	"database/sql"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	_ "github.com/lib/pq"
	_ "github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// queryPlans are the plans of the statements of a project in testdata on one database.
type queryPlans struct {
	*testing.T
	derived string // the file of the store
	db      *sql.Conn
	files   []plan.File
}

func plansOf(t *testing.T, adapter, driver, source string) queryPlans {
	t.Helper()
	return plansIn(t, "queries", "item", adapter, driver, source)
}

// plansIn returns the plans of a project whose entity is called so.
func plansIn(t *testing.T, project, entity, adapter, driver, source string) queryPlans {
	t.Helper()
	p, tables := read(t, "example.com/shop", sources(t, project, "example.com/shop"))
	files, err := storegen.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	plans := queryPlans{t, "adapters/" + adapter + "/" + entity + "_gen.go", conn, files}
	for _, f := range migrations {
		if strings.HasPrefix(f.Path, "adapters/"+adapter+"/") {
			up, _, _ := strings.Cut(string(f.Data), "-- +goose Down")
			plans.exec(up)
		}
	}
	return plans
}

func (p queryPlans) exec(text string) {
	p.Helper()
	if _, err := p.db.ExecContext(p.Context(), text); err != nil {
		p.Fatal(err)
	}
}

// statements returns the statements that the derived store prepares, by their fields.
func (p queryPlans) statements() map[string]string {
	p.Helper()
	texts, constants := map[string]string{}, map[string]string{}
	for _, f := range p.files {
		if f.Path != p.derived {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, 0)
		if err != nil {
			p.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if len(n.Values) == 1 {
					constants[n.Names[0].Name] = textOf(n.Values[0], constants)
				}
			case *ast.KeyValueExpr:
				if to, ok := n.Key.(*ast.UnaryExpr); ok {
					texts[nameOf(to.X)] = textOf(n.Value, constants)
				}
			}
			return true
		})
	}
	if len(texts) < 8 {
		p.Fatalf("found %d statements", len(texts))
	}
	return texts
}

// nameOf returns the name of a field, with an index if it has one: "list[1]".
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return nameOf(e.X) + "[" + e.Index.(*ast.BasicLit).Value + "]"
	}
	return ""
}

// textOf returns the text of literals and constants that are joined.
func textOf(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		return constants[e.Name]
	case *ast.BinaryExpr:
		return textOf(e.X, constants) + textOf(e.Y, constants)
	}
	return ""
}

// plan returns what a database does for a statement.
func (p queryPlans) plan(explain string) string {
	p.Helper()
	rows, err := p.db.QueryContext(p.Context(), explain)
	if err != nil {
		p.Fatalf("%s: %v", explain, err)
	}
	defer rows.Close() //nolint:errcheck // Err below reports what went wrong
	var lines []string
	columns, _ := rows.Columns()
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			p.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(*values[len(values)-1].(*any)))
	}
	if err := rows.Err(); err != nil {
		p.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// unordered matches the statements of methods that sort what an index finds: those with In,
// StartingWith and Or, which find in several places of an index.
var unordered = regexp.MustCompile(`In(And|Or|$)|StartingWith|Or[A-Z]|^getMany$`)

// parameter matches a parameter of a statement.
var parameter = regexp.MustCompile(`\$[0-9]+`)

// nulls returns NULL for each parameter of a statement, in parentheses.
func nulls(text string) string {
	seen := map[string]bool{}
	for _, p := range parameter.FindAllString(text, -1) {
		seen[p] = true
	}
	if len(seen) == 0 {
		return ""
	}
	return "(" + strings.TrimPrefix(strings.Repeat(", NULL", len(seen)), ", ") + ")"
}

// TestSQLiteUsesTheIndexes shows that each derived query finds by an index, and that an
// order is that of the index.
func TestSQLiteUsesTheIndexes(t *testing.T) {
	plans := plansOf(t, "sqlite", "sqlite3", ":memory:")
	for name, text := range plans.statements() {
		if name == "count" || strings.HasPrefix(name, "countPer") || name == "upsert" {
			continue // they read the whole table, or find by the key
		}
		got := plans.plan("EXPLAIN QUERY PLAN " + parameter.ReplaceAllString(text, "NULL"))
		isWhole := strings.HasPrefix(name, "listOrderBy") && strings.HasSuffix(name, "[0]")
		if strings.Contains(got, "SCAN items") && !isWhole || !strings.Contains(got, "INDEX") && !strings.Contains(got, "PRIMARY KEY") && !isWhole {
			t.Errorf("%s is not found by an index:\n%s\n%s", name, text, got)
		}
		isSorted := !unordered.MatchString(strings.ReplaceAll(name, "OrderBy", ""))
		if strings.Contains(got, "TEMP B-TREE") && isSorted {
			t.Errorf("%s is not in the order of the index:\n%s\n%s", name, text, got)
		}
	}
}

// TestPostgresUsesTheIndexes is TestSQLiteUsesTheIndexes for Postgres, which chooses by how
// much there is: so it may neither read the whole table nor, where the index has the order,
// sort. The plan is one for all values, as that of a statement that was prepared.
func TestPostgresUsesTheIndexes(t *testing.T) {
	plans := plansOf(t, "postgres", "postgres", testserver.Postgres(t))
	plans.exec(`SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
		INSERT INTO "items" SELECT gen_random_uuid(), 'c' || n % 1000, 's' || n % 1000, n, n % 5000, n, n % 2 = 0, gen_random_uuid(), n,
			now() - n * interval '1 s', gen_random_uuid(), n % 5000, 'n' || n % 1000, '', 1, now() - n * interval '1 s' FROM generate_series(1, 20000) AS n;
		ANALYZE "items"`)
	for name, text := range plans.statements() {
		if name == "count" || strings.HasPrefix(name, "countPer") || name == "upsert" || name == "insertMany" {
			continue
		}
		isSorted := !unordered.MatchString(strings.ReplaceAll(name, "OrderBy", ""))
		plans.exec(fmt.Sprintf("SET enable_sort = %v; PREPARE s AS %s", !isSorted, text))
		got := plans.plan("EXPLAIN EXECUTE s" + nulls(text))
		plans.exec("DEALLOCATE s")
		isWhole := strings.HasPrefix(name, "listOrderBy") && strings.HasSuffix(name, "[0]")
		if strings.Contains(got, "Seq Scan") || !strings.Contains(got, "Index Cond") && !isWhole {
			t.Errorf("%s is not found by an index:\n%s\n%s", name, text, got)
		}
		if strings.Contains(got, "Sort") && isSorted {
			t.Errorf("%s is not in the order of the index:\n%s\n%s", name, text, got)
		}
	}
}

// asked matches what a filter asks for in a derived store, and what it sorts by.
var (
	asked    = regexp.MustCompile("selection\\.Where\\(`(.*)`, ")
	sortedBy = regexp.MustCompile("selection\\.OrderBy\\(`\"(.*)\"`, (true|false)\\)")
)

// alone returns the statement of each field of the filter of testdata/queries without others,
// and that of each order.
func (p queryPlans) alone() (finds, sorts []string) {
	p.Helper()
	for _, f := range p.files {
		if f.Path != p.derived {
			continue
		}
		for _, m := range asked.FindAllStringSubmatch(string(f.Data), -1) {
			finds = append(finds, `SELECT "version" FROM "items" WHERE `+m[1])
		}
		for _, m := range sortedBy.FindAllStringSubmatch(string(f.Data), -1) {
			desc := map[string]string{"true": " DESC"}[m[2]]
			sorts = append(sorts, `SELECT "version" FROM "items" ORDER BY "`+m[1]+`"`+desc+`, "id"`+desc+" LIMIT 5")
		}
	}
	if len(finds) != 20 || len(sorts) != 6 {
		p.Fatalf("found %d fields and %d orders", len(finds), len(sorts))
	}
	return finds, sorts
}

// TestSQLiteHasAnIndexForEachField shows that there is an index for each field of a filter,
// and for each order.
func TestSQLiteHasAnIndexForEachField(t *testing.T) {
	plans := plansOf(t, "sqlite", "sqlite3", ":memory:")
	finds, sorts := plans.alone()
	for _, text := range finds {
		if got := plans.plan("EXPLAIN QUERY PLAN " + parameter.ReplaceAllString(text, "NULL")); !strings.Contains(got, "SEARCH items USING INDEX") {
			t.Errorf("%s is not found by an index:\n%s", text, got)
		}
	}
	for _, text := range sorts {
		if got := plans.plan("EXPLAIN QUERY PLAN " + text); strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s is not in the order of an index:\n%s", text, got)
		}
	}
}

// TestPostgresHasAnIndexForEachField is TestSQLiteHasAnIndexForEachField for Postgres.
func TestPostgresHasAnIndexForEachField(t *testing.T) {
	plans := plansOf(t, "postgres", "postgres", testserver.Postgres(t))
	plans.exec("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_sort = off")
	finds, sorts := plans.alone()
	for _, text := range append(finds, sorts...) {
		plans.exec("PREPARE s AS " + text)
		got := plans.plan("EXPLAIN EXECUTE s" + nulls(text))
		plans.exec("DEALLOCATE s")
		if strings.Contains(got, "Seq Scan") || strings.Contains(got, "Sort") || strings.Contains(text, "WHERE") && !strings.Contains(got, "Index Cond") {
			t.Errorf("%s has no index:\n%s", text, got)
		}
	}
}
