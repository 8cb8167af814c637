package scaffold_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// module is where what is rendered is type-checked: laid beside the kit, whose
// packages it imports.
const module = "github.com/outgrowkit/outgrow/templates"

// awkwardServices are legal names that are used elsewhere, or that have unusual plurals or
// capitals.
var awkwardServices = strings.Fields(`
	table group user index column transaction trigger limit primary analyze view values grant order union
	time context http json errors sql sync slog testing bytes reflect math slices os fmt unsafe embed
	domain ports app adapters memory jsonwire kit run suite storetest bus_test
	db ctx err store bus event events page server id u d it o s e t v client config outbox message listing clock
	created updated deleted status details version value topic key subject now made changed use got want list field
	person news category mouse series analysis sheep data people child quiz datum
	api_key HTTPServer userID order-item x9 address_2 utf8_name
	foo_test app_windows linux go_run init test transactor handler closer amd64
	test_new test_change order_details create update delete get sample valid valid_details hour unicorn`)

// awkwardFields are legal names of fields in the same spirit, of types that make
// more code than a string does.
var awkwardFields = strings.Fields(`
	details:string awkward_details:string change:string change_details:bool type:string? func:text? status:enum:draft,paid created:time updated:time? deleted:bool?
	topic:string? key:string? time:time? domain:string? context:string? ctx:string? err:string? u:string? v:string? d:string?
	new:string? test_new:enum:a,b id_x:uuid? error:string? check:string? valid:bool? status_draft:enum:on,off? int:int64 string:text?
	user_id:uuid http_url:string? api:float64 select:[]string from:[]uuid? group:bytes awkward:enum:yes,no updated_by:enum:me
	events:[]float64 item:[]text range:[]duration nil:bool? true:int? iota:int64? len:enum:a? math:float64?`)

// everyType has a field of each type there is.
var everyType = strings.Fields(`
	a:string b:text c:int d:int64 e:float64 f:bool g:time h:duration i:bytes j:uuid k:enum:x,y
	oa:string? ob:text? oc:int? od:int64? oe:float64? of:bool? og:time? oh:duration? oi:bytes? oj:uuid? ok:enum:x,y?
	la:[]string lb:[]text lc:[]int ld:[]int64 le:[]float64 lf:[]bool lg:[]time lh:[]duration li:[]bytes lj:[]uuid
	pa:[]string? pb:[]text? pc:[]int? pd:[]int64? pe:[]float64? pf:[]bool? pg:[]time? ph:[]duration? pi:[]bytes? pj:[]uuid?`)

// typical is a service that makes every part of the templates be rendered.
const typical = "order customer:string notes:text? ratio:float64 at:time? tags:[]string owner:uuid state:enum:on,off"

// shapes are services whose code differs.
var shapes = []string{
	"every_type " + strings.Join(everyType, " "),
	"awkward " + strings.Join(awkwardFields, " "),
	"no_find at:time done:bool?",
	"no_rule n:int",
	"no_requirement n:int? name:string?",
	"float_alone ratio:float64",
	"one_value state:enum:on",
	"empty_able list:[]duration?",
}

// TestAwkwardNamesTypeCheck renders a project of services with every awkward
// name, among them each name that the templates use themselves, and type-checks
// it, tests and all.
func TestAwkwardNamesTypeCheck(t *testing.T) {
	own := identifiers(t)
	services := append(slices.Clone(shapes), "own_words")
	for _, field := range own {
		services = extend(services, len(shapes), " "+field+":string")
	}
	for _, name := range append(own, awkwardServices...) {
		services = extend(services, len(services), name+" name:string")
	}
	packages := check(t, describe(t, services...))
	t.Logf("%d services, %d packages", len(services), packages)
	if len(services) < 100 {
		t.Errorf("only %d services", len(services))
	}
}

// extend returns the services with a text added at the end of the one at i, which
// may be new, if that makes a project that can be made. What cannot is refused
// before anything is rendered, and has a test of its own.
func extend(services []string, i int, text string) []string {
	with := slices.Clone(services)
	if i == len(with) {
		with = append(with, "")
	}
	with[i] += text
	b := blueprint.Blueprint{Name: "shop", Module: module, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}}}
	for _, text := range with {
		s, err := blueprint.ParseService(text, english.English{})
		if err != nil {
			return services
		}
		b.Services = append(b.Services, s)
	}
	if b.Validate() != nil {
		return services
	}
	return with
}

// identifiers returns the names that the templates use for anything themselves.
func identifiers(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for _, f := range render(t, describe(t, typical)) {
		if !strings.HasSuffix(f.Path, ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				found[id.Name] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// check type-checks what is rendered for the project, and returns how many
// packages that is.
func check(t *testing.T, b blueprint.Blueprint) int {
	t.Helper()
	overlay, patterns := layOver(t, b)
	return typeCheck(t, overlay, patterns)
}

// typeCheck type-checks packages of which files are laid beside the kit, and returns how
// many there are.
func typeCheck(t *testing.T, overlay map[string][]byte, patterns []string) int {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedSyntax | packages.NeedImports | packages.NeedDeps | packages.NeedTypesInfo,
		Dir:  "../..", Overlay: overlay, Tests: true,
	}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Errorf("%s: %v", p.PkgPath, e)
		}
	}
	return len(loaded)
}

// layOver returns the rendered packages as files laid beside the kit, with stand-ins for
// what would be derived, and their import paths.
func layOver(t *testing.T, b blueprint.Blueprint) (overlay map[string][]byte, patterns []string) {
	t.Helper()
	root, err := filepath.Abs("../../templates")
	if err != nil {
		t.Fatal(err)
	}
	b.Module = module
	overlay, folders := map[string][]byte{}, map[string]bool{}
	for _, f := range append(render(t, b), standIns(b)...) {
		folder := path.Dir(f.Path)
		if path.Ext(f.Path) != ".go" || folder == "." {
			continue // the composition root is nothing without what is derived
		}
		overlay[filepath.Join(root, filepath.FromSlash(f.Path))] = f.Data
		folders[module+"/"+folder] = true
	}
	return overlay, slices.Sorted(maps.Keys(folders))
}

// standIns declares the stores in memory and the codec that would be derived.
func standIns(b blueprint.Blueprint) []plan.File {
	var code strings.Builder
	fmt.Fprintf(&code, "package memory\n\nimport (\n%q\n%q\n)\n", module+"/kit/memorystore", module+"/ports")
	for _, s := range b.Services {
		fmt.Fprintf(&code, "\nfunc New%[1]sStore(*memorystore.DB) ports.%[1]sStore { return nil }\n", s.Name.Pascal())
	}
	codec := fmt.Sprintf("package jsonwire\n\nimport %q\n\ntype Events struct{ kit.EventCodec }\n", module+"/kit")
	return []plan.File{
		{Path: "adapters/memory/standins.go", Data: []byte(code.String())},
		{Path: "adapters/jsonwire/standins.go", Data: []byte(codec)},
	}
}

// TestRenderedDomainsPassTheirTests vets and tests the domains of all shapes,
// which need nothing but the kit's vocabulary.
func TestRenderedDomainsPassTheirTests(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), []byte("module example.com/shop\n\ngo 1.26\n"))
	vocabulary, err := filepath.Glob("../../templates/kit/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range vocabulary {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "kit", filepath.Base(name)), data)
	}
	for _, f := range render(t, describe(t, shapes...)) {
		if strings.HasPrefix(f.Path, "domain/") {
			write(t, filepath.Join(dir, filepath.FromSlash(f.Path)), f.Data)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
