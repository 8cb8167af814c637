package storegen_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const document = "../../docs/what-can-be-derived.md"

// refused are methods that cannot be derived, each for a reason of its own.
var refused = []string{
	"FindByTotalLessThanAndWeightGreaterThan(ctx context.Context, total int64, weight float64, page kit.Page) (kit.Listing[item.Item], error)",
	"FindByTotalLessThanOrderByCreatedAt(ctx context.Context, total int64, page kit.Page) (kit.Listing[item.Item], error)",
	"FindByStatusInOrderByCreatedAt(ctx context.Context, statuses []item.Status, page kit.Page) (kit.Listing[item.Item], error)",
	"FindByCustomerOrTotalLessThan(ctx context.Context, customer string, total int64, page kit.Page) (kit.Listing[item.Item], error)",
	"ListOrderByCustomer(ctx context.Context, page kit.Page) (kit.Listing[item.Item], error)",
	"FindByPaidOrderByDueAt(ctx context.Context, paid bool, page kit.Page) (kit.Listing[item.Item], error)",
	"CountByCustomerGreaterThan(ctx context.Context, customer string) (int64, error)",
	"CountByTotalAfter(ctx context.Context, total int64) (int64, error)",
	"CountByPaidOrderByTotal(ctx context.Context, paid bool) (int64, error)",
	"SumWeightByCustomer(ctx context.Context, customer string) (int64, error)",
	"CountPerParent(ctx context.Context) (map[kit.UUID]int64, error)",
	"DeleteByCustomer(ctx context.Context, customer string) error",
	"NextTotal(ctx context.Context, customer string) (int64, error)",
	"NextBonus(ctx context.Context) (int32, error)",
	"NextRank(ctx context.Context) (uint16, error)",
	"FindByStatusIn(ctx context.Context, status item.Status, page kit.Page) (kit.Listing[item.Item], error)",
	"GetByColor(ctx context.Context, color string) (item.Item, error)",
	"All(ctx context.Context) ([]item.Item, error)",
	"AllByCustomerOrderByCreatedAt(ctx context.Context, customer string) iter.Seq2[item.Item, error]",
	"AllByTotalGreaterThan(ctx context.Context, total int64) iter.Seq2[item.Item, error]",
	"Purge(ctx context.Context) error",
}

// TestWhatCanBeDerived compares docs/what-can-be-derived.md with what is derived for
// testdata/queries, testdata/values and testdata/keys, which TestDerivedStores compiles and runs, and with
// what is said of methods that are refused. UPDATE=1 writes the tables.
func TestWhatCanBeDerived(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := withTable(t, string(data), "queries", queryRows(t))
	text = withTable(t, text, "refused", refusedRows(t))
	text = withTable(t, text, "values", valueRows(t))
	text = withTable(t, text, "keys", keyRows(t))
	text = withTable(t, text, "numbers", numberRows(t))
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := os.ReadFile(document); err != nil || string(data) != text {
		t.Errorf("%s is not what is derived (%v); UPDATE=1 writes it", document, err)
	}
}

// withTable returns a text with the rows between the comments of a table.
func withTable(t *testing.T, text, name, rows string) string {
	t.Helper()
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table %s", document, name)
	}
	return before + begin + rows + end + after
}

// methodOf matches a method of a port.
var methodOf = regexp.MustCompile(`(?m)^\t(([A-Z]\w*)\(ctx.*)$`)

// queryRows returns a row for each method of testdata/queries: what one writes, and the
// statements on SQLite.
func queryRows(t *testing.T) string {
	t.Helper()
	port, err := os.ReadFile("testdata/queries/ports/items.go")
	if err != nil {
		t.Fatal(err)
	}
	statements := plansOf(t, "sqlite", "sqlite3", ":memory:").statements()
	var b strings.Builder
	for _, m := range methodOf.FindAllStringSubmatch(string(port), -1) {
		field := strings.ToLower(m[2][:1]) + m[2][1:]
		var texts []string
		for _, name := range []string{field, field + "[0]", field + "[1]"} {
			if text := statements[name]; text != "" {
				texts = append(texts, "`"+shortened(text)+"`")
			}
		}
		if len(texts) == 0 {
			continue // that of the kit's tables
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", m[1], strings.ReplaceAll(strings.Join(texts, "<br>then, after an entity: "), "|", `\|`))
	}
	return b.String()
}

// shortened returns a statement in one line, without the names of all columns.
func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	_, columns, isSelect := strings.Cut(text, `SELECT "id", "customer", `)
	if _, from, ok := strings.Cut(columns, " FROM "); isSelect && ok {
		text = "SELECT … FROM " + from
	}
	if values := regexp.MustCompile(`\(\$?"?[^()]*, [^()]*, [^()]*, [^()]*\)`); strings.HasPrefix(text, "INSERT") {
		text = values.ReplaceAllString(text, "(…)")
		set, _, _ := strings.Cut(text, `"customer" = excluded."customer"`)
		text = set + `…, "version" = "items"."version" + 1`
	}
	return text
}

// columnOf matches a column in a migration.
var columnOf = regexp.MustCompile(`(?m)^    "(\w+)" (.*?),?$`)

// valueRows returns a row for each field of the entity of testdata/values: what one writes, and
// its columns.
func valueRows(t *testing.T) string {
	t.Helper()
	p, tables := read(t, "example.com/shop", sources(t, "values", "example.com/shop"))
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, f := range migrations {
		for _, m := range columnOf.FindAllStringSubmatch(string(f.Data), -1) {
			columns[m[1]] = append(columns[m[1]], "`"+m[2]+"`")
		}
	}
	f := gofile.New(p, "memory", "")
	rows := "| in Go | on SQLite | on Postgres |\n|---|---|---|\n"
	for _, field := range p.Services[0].Entity.Fields {
		if field.Name != "ID" && field.Name != "Version" {
			rows += fmt.Sprintf("| `%s %s` | %s |\n", field.Name, f.Type(field.Type), strings.Join(columns[field.Column], " | "))
		}
	}
	return rows
}

// keyRows returns a row for each entity of testdata/keys: its key, and the column of it.
func keyRows(t *testing.T) string {
	t.Helper()
	p, tables := read(t, "example.com/shop", sources(t, "keys", "example.com/shop"))
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	f := gofile.New(p, "memory", "")
	rows := "| the key | on SQLite | on Postgres |\n|---|---|---|\n"
	for _, s := range p.Services {
		key := s.Entity.Key()
		typ := f.Type(key.Type)
		if n := key.Type.Name; n != nil {
			typ = n.Package + "." + n.Name
		}
		rows += fmt.Sprintf("| `%s %s` |", key.Name, typ)
		for _, m := range migrations {
			if definition, ok := keyIn(string(m.Data), s.Table); ok {
				rows += fmt.Sprintf(" `%s` |", definition)
			}
		}
		rows += "\n"
	}
	return rows
}

// keyIn returns the definition of the key of a table in a migration, if that makes it.
func keyIn(migration, table string) (definition string, ok bool) {
	_, rest, ok := strings.Cut(migration, fmt.Sprintf("CREATE TABLE %q (\n", table))
	for line := range strings.Lines(rest) {
		if line = strings.Trim(line, " ,\n"); strings.HasSuffix(line, " PRIMARY KEY") {
			return line, ok
		}
	}
	return "", false
}

// numberRows returns a row for what numbers of invoices come from in testdata/keys, and one for the
// method that returns them.
func numberRows(t *testing.T) string {
	t.Helper()
	p, tables := read(t, "example.com/shop", sources(t, "keys", "example.com/shop"))
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	files, err := storegen.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	made, taken := "| the next migration |", "| `NextNumber` |"
	for _, adapter := range []string{"sqlite", "postgres"} {
		var statements []string
		for _, f := range migrations {
			up, _, _ := strings.Cut(string(f.Data), "-- +goose Down")
			for line := range strings.Lines(up) {
				if strings.HasPrefix(f.Path, "adapters/"+adapter) && strings.Contains(line, "invoices_next_number") {
					statements = append(statements, "`"+strings.TrimSpace(line)+"`")
				}
			}
		}
		made += " " + strings.Join(statements, "<br>") + " |"
		derived := queryPlans{T: t, derived: "adapters/" + adapter + "/stock_gen.go", files: files}
		taken += " `" + derived.statements()["nextNumber"] + "` |"
	}
	return "| | on SQLite | on Postgres |\n|---|---|---|\n" + made + "\n" + taken + "\n"
}

// refusedRows returns a row for each method that is refused: what one writes, and what is
// said of it.
func refusedRows(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, method := range refused {
		name, _, _ := strings.Cut(method, "(")
		var problems model.Problems
		if err := emitWith(t, method); !errors.As(err, &problems) || len(problems) != 1 || !strings.HasPrefix(problems[0].Pos, "ports/items.go:") {
			t.Fatalf("%s: %v", name, err)
		}
		instead, _, _ := strings.Cut(problems[0].Instead, "; by hand, it is missing in")
		fmt.Fprintf(&b, "| `%s` | %s; %s |\n", method, problems[0].What, instead)
	}
	return b.String()
}

// emitWith derives the stores of testdata/queries with another method in the place of
// those from GetMany on.
func emitWith(t *testing.T, method string) error {
	t.Helper()
	files := sources(t, "queries", "example.com/shop")
	for i, f := range files {
		if f.Path == "ports/items.go" {
			before, _, _ := strings.Cut(string(f.Data), "\t// GetMany")
			text := strings.Replace(before, "\t\"time\"\n", "", 1) + "\t" + method + "\n}\n"
			if !strings.Contains(method, "iter.") {
				text = strings.Replace(text, "\t\"iter\"\n", "", 1)
			}
			files[i] = plan.File{Path: f.Path, Data: []byte(text)}
		}
	}
	p, _ := read(t, "example.com/shop", files)
	_, err := storegen.Emit(p)
	return err
}
