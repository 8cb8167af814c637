package storegen_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// shop returns the model of the project in testdata/shop, as it is derived from
// for both databases, and the tables that its lock has then.
func shop(t *testing.T) (model.Project, []lock.Table) {
	t.Helper()
	return read(t, "example.com/shop", sources(t, "shop", "example.com/shop"))
}

// sources returns the files of a project in testdata, as a project of the module.
func sources(t *testing.T, project, module string) []plan.File {
	t.Helper()
	var files []plan.File
	own := os.DirFS("testdata/" + project)
	err := fs.WalkDir(own, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(own, name)
		data = bytes.ReplaceAll(data, []byte("example.com/shop"), []byte(module))
		files = append(files, plan.File{Path: name, Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// read reads the project of the module that has the files.
func read(t *testing.T, module string, own []plan.File) (model.Project, []lock.Table) {
	t.Helper()
	reader := gosource.Reader{Language: english.English{}}
	p, err := reader.Read(t.Context(), plan.NewTree(append(withKit(t, module), own...)), "")
	if err != nil {
		t.Fatal(err)
	}
	p.Name, p.Adapters = "shop", map[string][]string{"store": {"sqlite", "postgres"}}
	p.Migrated = map[string]bool{"sqlite": true, "postgres": true}
	var l lock.Lock
	if err := l.Apply(&p, 2); err != nil {
		t.Fatal(err)
	}
	return p, l.Tables()
}

// withKit returns the files of the kit that the domain and the ports of a project use.
func withKit(t *testing.T, module string) []plan.File {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := source.Packages(module, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	modules, err := source.Modules(module, files)
	if err != nil {
		t.Fatal(err)
	}
	return append(files, modules...)
}

// TestBothDialects compares the derived files for each database with those in
// testdata/derived, and for the projects with all kinds of queries, of what is unique, of values
// and of children in testdata/derived-queries, -unique, -values and -aggregates. UPDATE=1 updates
// them: read the diff.
func TestBothDialects(t *testing.T) {
	for project, folder := range map[string]string{
		"shop": "derived", "queries": "derived-queries", "unique": "derived-unique", "values": "derived-values", "aggregates": "derived-aggregates",
	} {
		t.Run(project, func(t *testing.T) {
			p, tables := read(t, "example.com/shop", sources(t, project, "example.com/shop"))
			files, err := storegen.Emit(p)
			if err != nil {
				t.Fatal(err)
			}
			migrations, err := storegen.Migrations(p, tables)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range append(files, migrations...) {
				compareWithGolden(t, f, folder)
			}
		})
	}
}

func compareWithGolden(t *testing.T, f plan.File, folder string) {
	t.Helper()
	golden := filepath.Join("testdata", folder, strings.ReplaceAll(f.Path, "/", "-")+".golden")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(f.Data) != string(want) {
		t.Errorf("%s is not as in %s:\n%s", f.Path, golden, f.Data)
	}
	if path.Ext(f.Path) == ".go" && !strings.HasSuffix(f.Path, "_test.go") {
		everythingIsDocumented(t, f)
	}
}

// everythingIsDocumented fails for exported functions that have no comment, or
// one that is a line apart.
func everythingIsDocumented(t *testing.T, f plan.File) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Name.IsExported() && d.Doc == nil {
			t.Errorf("%s: %s has no comment", f.Path, d.Name.Name)
		}
	}
}

// TestAddedColumns shows that existing rows get values in new columns, in both dialects,
// and that a new index has its own migration.
func TestAddedColumns(t *testing.T) {
	p, tables := shop(t)
	for i := range tables[0].Columns {
		if c := &tables[0].Columns[i]; c.Name != "id" {
			c.Since = 3
		}
	}
	tables[0].Indexes[1].Since = 4
	migrations, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, f := range migrations {
		text[f.Path] = string(f.Data)
	}
	tests := []struct{ path, want string }{
		{"adapters/sqlite/migrations/00003_orders_add_customer.sql", `ADD COLUMN "status" TEXT NOT NULL DEFAULT 'draft';`},
		{"adapters/sqlite/migrations/00003_orders_add_customer.sql", `ADD COLUMN "due_at" INTEGER;`},
		{"adapters/sqlite/migrations/00003_orders_add_customer.sql", `ADD COLUMN "place" TEXT NOT NULL DEFAULT '{}';`},
		{"adapters/postgres/migrations/00003_orders_add_customer.sql", `ADD COLUMN "status" text NOT NULL DEFAULT 'draft';`},
		{"adapters/postgres/migrations/00003_orders_add_customer.sql", `ADD COLUMN "paid" boolean NOT NULL DEFAULT false;`},
		{"adapters/postgres/migrations/00003_orders_add_customer.sql", `ADD COLUMN "created_at" timestamptz NOT NULL DEFAULT 'epoch';`},
		{"adapters/postgres/migrations/00003_orders_add_customer.sql", `ADD COLUMN "place" json NOT NULL DEFAULT '{}';`},
		{"adapters/postgres/migrations/00004_orders_by_status.sql", `CREATE INDEX IF NOT EXISTS "orders_by_status" ON "orders" (left("status", 500), "id");`},
		{"adapters/sqlite/migrations/00003_orders_add_customer.sql", `-- Existing rows have 'draft' here.`},
		{"adapters/sqlite/migrations/00003_orders_add_customer.sql", `-- Existing rows have NULL here.`},
	}
	for _, tt := range tests {
		if !strings.Contains(text[tt.path], tt.want) {
			t.Errorf("%s has no %s:\n%s", tt.path, tt.want, text[tt.path])
		}
	}
}

// TestGoneColumns shows that new rows have values in the columns of removed fields that
// must have one.
func TestGoneColumns(t *testing.T) {
	p, _ := shop(t)
	p.Services[0].Gone = []model.Column{{Name: "notes", Type: "string"}, {Name: "owed", Type: "int64?"}, {Name: "seen", Type: "time"}}
	files, err := storegen.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"adapters/sqlite/order_gen.go":   `$18, '', 0)`,
		"adapters/postgres/order_gen.go": `$18, '', 'epoch')`,
	} {
		for _, f := range files {
			text := strings.Join(strings.Fields(string(f.Data)), " ")
			if f.Path == path && (!strings.Contains(text, `"notes", "seen")`) || !strings.Contains(text, want)) {
				t.Errorf("%s inserts nothing into the columns that are gone, want %s:\n%s", path, want, f.Data)
			}
		}
	}
}

// TestNothingIsKeptYet derives the schema of a project without a store port.
func TestNothingIsKeptYet(t *testing.T) {
	files, err := storegen.Emit(model.Project{Name: "Kit", Module: "example.com/kit", Adapters: map[string][]string{"store": {"sqlite"}}})
	if err != nil || len(files) != 1 || files[0].Path != "adapters/sqlite/schema_gen.go" {
		t.Fatalf("derived %v, %v", files, err)
	}
	text := string(files[0].Data)
	if !strings.Contains(text, `kit.Schema{Project: "kit_project"}`) || strings.Contains(text, "embed") {
		t.Errorf("derived\n%s", text)
	}
}
