package scaffold_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// portTypes has a parameter of each type there is.
var portTypes = slices.DeleteFunc(slices.Clone(everyType), func(f string) bool { return strings.Contains(f, "enum") })

// TestPortsTypeCheck renders ports of every awkward name, with methods, parameters and
// adapters of such names, and type-checks them, tests and all. All adapters share
// folders.
func TestPortsTypeCheck(t *testing.T) {
	b := blueprint.Blueprint{Name: "shop", Module: module, Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}}}
	b.Services = describe(t, "order customer:string").Services
	methods := []string{"Every(" + strings.Join(portTypes, " ") + ")", "None()"}
	for _, f := range portTypes {
		_, typ, _ := strings.Cut(f, ":")
		methods = append(methods, "Gives_"+strings.NewReplacer("[]", "list_", "?", "_or_none").Replace(typ)+"() "+typ)
	}
	var awkward []string
	for _, n := range slices.Concat(awkwardServices, []string{"slog", "cancel", "kit", "m", "a", "it", "log", "name", "call", "open"}) {
		text := n + "_x(" + n + ":string other:time)"
		if _, err := blueprint.ParseMethods(append(awkward, text), english.English{}); err == nil {
			awkward = append(awkward, text)
		}
	}
	methods = append(methods, awkward...)
	parsed, err := blueprint.ParseMethods(methods, english.English{})
	if err != nil {
		t.Fatal(err)
	}
	// Reading what is declared asks the go command, so it is read once.
	files, all := port(t, b, blueprint.OwnPort{Name: parse(t, "mailer"), Adapters: []name.Name{parse(t, "console"), parse(t, "smtp")}}, parsed, model.Declared{})
	_, few := port(t, b, blueprint.OwnPort{Name: parse(t, "mailer")}, parsed[:2], model.Declared{})
	if len(all.Methods) != len(methods) {
		t.Errorf("%d methods are declared, want %d", len(all.Methods), len(methods))
	}
	ports := 0
	for _, text := range awkwardServices {
		with, own := b, blueprint.OwnPort{Name: parse(t, text), Adapters: []name.Name{parse(t, text), parse(t, "memory")}}
		if with.AddOwn(own) != nil || with.Validate() != nil {
			continue
		}
		b = with
		ports++
		few.Name = own.Name.Pascal()
		rendered, _ := port(t, b, own, parsed[:2], few)
		files = append(files, rendered...)
	}
	overlay, folders := map[string][]byte{}, map[string]bool{}
	root, err := filepath.Abs("../../templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		overlay[filepath.Join(root, filepath.FromSlash(f.Path))] = f.Data
		folders[module+"/"+path.Dir(f.Path)] = true
	}
	var patterns []string
	for p := range folders {
		patterns = append(patterns, p)
	}
	checked := typeCheck(t, overlay, patterns)
	t.Logf("%d ports with %d methods, %d packages", ports, len(methods), checked)
	if ports < 100 || len(awkward) < 60 {
		t.Errorf("only %d ports and %d awkward methods", ports, len(awkward))
	}
}

func parse(t *testing.T, text string) name.Name {
	t.Helper()
	n, err := name.Parse(text, english.English{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// port renders a port, and its adapters as it is declared. If that is not given, it is
// read.
func port(t *testing.T, b blueprint.Blueprint, p blueprint.OwnPort, methods []blueprint.Method, d model.Declared) ([]plan.File, model.Declared) {
	t.Helper()
	s, err := scaffold.New(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Port(b, p.Name, methods)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	if d.Name == "" {
		d = declared(t, b, s, files[0], p.Name.Pascal())
	}
	for i, a := range p.Adapters {
		rendered, err := s.PortAdapter(b, p.Name, a, d, i == 0, i == 0)
		if err != nil {
			t.Fatalf("%s/%s: %v", p.Name, a, err)
		}
		files = append(files, rendered...)
	}
	return files, d
}

// declared reads the port in a file.
func declared(t *testing.T, b blueprint.Blueprint, s *scaffold.Scaffold, file plan.File, name string) model.Declared {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := source.Packages(b.Module, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	service, err := s.Service(b, b.Services[0])
	if err != nil {
		t.Fatal(err)
	}
	mod := plan.File{Path: "go.mod", Data: fmt.Appendf(nil, "module %s\n\ngo 1.26\n", b.Module)}
	d, err := gosource.Declared(t.Context(), plan.NewTree(slices.Concat(service, kit, []plan.File{file, mod})), "", name)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, file.Data)
	}
	return d
}
