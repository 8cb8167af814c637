package scaffold_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// kit is where rendered services are type-checked: among the kit's own packages,
// whose domain and ports they import.
const kit = "github.com/outgrowkit/outgrow/templates/kit"

// awkward are names that somebody uses already, or whose plural or capitals are
// not the usual ones.
var awkward = strings.Fields(`
	table group user index column transaction trigger limit primary analyze
	time context http json errors sql domain ports sync slog testing bytes
	db ctx err store bus event page server o id u d it client config outbox message listing clock
	created updated deleted status details version value topic key subject
	person news category mouse series analysis api_key HTTPServer userID order-item sheep data
	foo_test app_windows go_run init test x9 transactor handler`)

const everyType = "a:string b:text c:int d:int64 e:float64 f:bool g:time h:duration i:bytes j:uuid k:enum:x,y " +
	"la:string? lb:text? lc:int? ld:int64? le:float64? lf:bool? lg:time? lh:duration? li:bytes? lj:uuid? lk:enum:x,y? " +
	"ma:[]string mb:[]text mc:[]int md:[]int64? me:[]float64 mf:[]bool mg:[]time mh:[]duration mi:[]bytes mj:[]uuid?"

const awkwardFields = "details:string change:string type:string? func:text? status:enum:draft,paid created:time? updated:time? deleted:bool? " +
	"topic:string? key:string? time:time? domain:string? context:string? ctx:string? err:string? u:string? v:string? d:string? new:string? " +
	"id_x:uuid? error:string? check:string? valid:bool? status_draft:enum:on,off?"

func render(t *testing.T, texts ...string) (blueprint.Blueprint, []plan.File) {
	t.Helper()
	b := blueprint.Blueprint{Name: "shop", Module: kit}
	for _, text := range texts {
		s, err := blueprint.ParseService(text, english.English{})
		if err != nil {
			t.Fatal(err)
		}
		b.Services = append(b.Services, s)
	}
	for _, err := range b.Validate() {
		t.Fatal(err)
	}
	s, err := scaffold.New(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	var files []plan.File
	for _, service := range b.Services {
		rendered, err := s.Service(b, service)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, rendered...)
	}
	return b, files
}

// TestAwkwardNamesTypeCheck renders a service of each awkward name, one of them
// with every type and one with awkward fields, all in one project, and
// type-checks what needs no derived code.
func TestAwkwardNamesTypeCheck(t *testing.T) {
	texts := []string{"every_type " + everyType, "topic_key " + awkwardFields, "no_find g:time f:bool?"}
	for _, name := range awkward {
		texts = append(texts, name+" name:string")
	}
	_, files := render(t, texts...)
	root, err := filepath.Abs("../../templates/kit")
	if err != nil {
		t.Fatal(err)
	}
	overlay, patterns := map[string][]byte{}, map[string]bool{kit + "/ports": true}
	for _, f := range files {
		dir := filepath.Dir(f.Path)
		if dir == "app" {
			if !strings.HasSuffix(f.Path, "_test.go") { // it needs derived code
				overlay[filepath.Join(root, "usecases", filepath.Base(f.Path))] = f.Data
			}
			continue
		}
		overlay[filepath.Join(root, f.Path)] = f.Data
		patterns[kit+"/"+filepath.ToSlash(dir)] = true
	}
	list := []string{kit + "/usecases"}
	for p := range patterns {
		list = append(list, p)
	}
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedSyntax | packages.NeedImports | packages.NeedDeps | packages.NeedTypesInfo,
		Dir:  root, Overlay: overlay, Tests: true,
	}, list...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Errorf("%s: %v", p.PkgPath, e)
		}
	}
	t.Logf("%d services, %d packages", len(texts), len(loaded))
}

// TestServiceIsWrittenAsOneWouldByHand compares what is rendered for an order
// with how one would write it.
func TestServiceIsWrittenAsOneWouldByHand(t *testing.T) {
	_, files := render(t, "order customer:string total:int64 notes:text? status:enum:draft,paid,sent")
	for _, f := range files {
		golden := filepath.Join("testdata", "order", filepath.FromSlash(f.Path)+".golden")
		if os.Getenv("UPDATE") != "" {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(f.Data) != string(want) {
			t.Errorf("%s differs from %s (UPDATE=1 writes it anew):\n%s", f.Path, golden, f.Data)
		}
	}
}

func TestProjectFilesParse(t *testing.T) {
	b, _ := render(t, "order customer:string", "receipt order:uuid")
	s, err := scaffold.New(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Project(b, "1.26.0", []string{"sqlite", "memory"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".go") {
			if _, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, 0); err != nil {
				t.Error(err)
			}
		}
		if f.Path == "README.md" && !strings.Contains(string(f.Data), "orders and receipts") {
			t.Errorf("the README does not say what is served:\n%s", f.Data)
		}
	}
}
