package scaffold

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// portView is the data of the templates of a port of the owner's and of its adapters.
type portView struct {
	Port     string // its interface: "Mailer"
	Key      string // in the configuration: "mailer"
	Human, A string // "mailer", and its article
	Receiver string
	Methods  []method

	Adapter string // as in the configuration: "smtp"
	Package string // of the adapter
	Local   string // the package as the adapter's test imports it
	Alone   bool   // no other file of that package is there
	Given   string // what the adapter's test gives to its constructor

	Imports string // the import declaration
}

// method is the template data for a method.
type method struct {
	Name, Doc string
	Signature string // after the name: "(ctx context.Context, to string) error"
	Params    []param
	Results   int
	Zeros     string // of the results, each with a comma after it
}

type param struct{ Name, Type, Sample string }

// Port renders a port of the owner's and its conformance suite.
func (s *Scaffold) Port(b blueprint.Blueprint, port name.Name, methods []blueprint.Method) ([]plan.File, error) {
	v := newPortView(port)
	var text string
	for i, m := range methods {
		v.addMethod(m)
		text += v.Methods[i].Signature
		for _, p := range v.Methods[i].Params {
			text += " " + p.Sample
		}
	}
	v.setReceiver()
	uses := func(specs ...string) []string {
		for _, pkg := range []string{"time", b.Module + "/kit"} {
			if strings.Contains(text, path.Base(pkg)+".") && !slices.Contains(specs, pkg) {
				specs = append(specs, pkg)
			}
		}
		return specs
	}
	v.Imports = importsOf(b.Module, nil, uses("context")...)
	files, err := renderAll(s.port, v, []output{{template: "port.go.tmpl", path: path.Join("ports", port.Package()+".go")}})
	if err != nil {
		return nil, err
	}
	v.Imports = importsOf(b.Module, nil, uses("context", "testing", b.Module+"/kit", b.Module+"/ports")...)
	suite, err := renderAll(s.port, v, []output{{template: "suite.go.tmpl", path: path.Join("ports", "suite", port.Package()+".go")}})
	return append(files, suite...), err
}

// PortAdapter renders an adapter of a port of the owner's as that is declared, and the
// adapter's test. The first one of a port needs nothing installed. alone says that the
// adapter's package has no other file.
func (s *Scaffold) PortAdapter(b blueprint.Blueprint, port, adapter name.Name, d model.Declared, first, alone bool) ([]plan.File, error) {
	v := newPortView(port)
	v.Adapter, v.Package, v.Alone = adapter.Snake(), adapter.Package(), alone
	test, folder := []string{"testing", "time"}, path.Join("adapters", v.Package)
	if v.Local = v.Package; slices.Contains(inTest, v.Local) {
		v.Local += "adapter"
	}
	v.Given = v.Local + "." + v.Port + "Config{Timeout: 5 * time.Second}"
	template, own := "adapter.go.tmpl", []string{"context", "time", b.Module + "/kit"}
	if first {
		v.Given, template = "slog.New(slog.DiscardHandler)", "first.go.tmpl"
		own[1], test[1] = "log/slog", "log/slog"
	}
	for _, m := range d.Methods {
		v.declare(m)
	}
	v.setReceiver()
	v.Imports = importsOf(b.Module, d.Imports, own...)
	files, err := renderAll(s.port, v, []output{{template: template, path: path.Join(folder, port.Package()+".go")}})
	if err != nil {
		return nil, err
	}
	v.Imports = importsOf(b.Module, map[string]string{b.Module + "/" + folder: v.Local}, append(test, b.Module+"/ports", b.Module+"/ports/suite")...)
	tested, err := renderAll(s.port, v, []output{{template: "adapter_test.go.tmpl", path: path.Join(folder, port.Package()+"_test.go")}})
	return append(files, tested...), err
}

func newPortView(port name.Name) portView {
	return portView{Port: port.Pascal(), Key: port.Snake(), Human: human(port), A: english.Article(human(port))}
}

// setReceiver chooses a name that is none of a parameter's.
func (v *portView) setReceiver() {
	for _, candidate := range []string{strings.ToLower(v.Port[:1]), "a", "it", "adapter"} {
		taken := slices.ContainsFunc(v.Methods, func(m method) bool {
			return slices.ContainsFunc(m.Params, func(p param) bool { return p.Name == candidate })
		})
		if v.Receiver = candidate; !taken && candidate != "t" {
			return
		}
	}
}

// addMethod adds a method that was described.
func (v *portView) addMethod(m blueprint.Method) {
	out := method{Name: m.Name.Pascal()}
	for _, p := range m.Params {
		goType, sample := goOf(p.Type)
		out.Params = append(out.Params, param{p.Name.Camel(), goType, sample})
	}
	var results []string
	if m.Result != nil {
		goType, _ := goOf(*m.Result)
		results = append(results, goType)
	}
	out.Doc = describe(m)
	out.sign(results)
	v.Methods = append(v.Methods, out)
}

// describe says what is known of a method: what it does, its owner says.
func describe(m blueprint.Method) string {
	var takes []string
	for _, p := range m.Params {
		takes = append(takes, p.Name.Camel())
	}
	if len(takes) == 0 {
		return m.Name.Pascal() + " takes nothing."
	}
	return m.Name.Pascal() + " takes " + enumerate(takes) + "."
}

// goOf returns a type of a blueprint in Go, and a valid value.
func goOf(t blueprint.Type) (goType, sample string) {
	var f field
	f.shape(t, kinds[t.Base])
	return f.Type, f.Sample
}

// inTest are the names that an adapter's test uses.
var inTest = []string{"t", "err", "ports", "suite", "slog", "testing", "time", "init"}

// own are the names that the code of an adapter's methods uses.
var own = []string{"", "_", "ctx", "cancel", "context", "kit"}

// declare adds a method that is declared in package ports.
func (v *portView) declare(m model.Signature) {
	out := method{Name: m.Name}
	for i, p := range m.Params {
		if slices.Contains(own, p.Name) {
			p.Name = "arg" + strconv.Itoa(i+1)
		}
		out.Params = append(out.Params, param{Name: p.Name, Type: p.Type})
	}
	var results []string
	for _, r := range m.Results {
		results = append(results, r.Type)
		out.Zeros += r.Zero + ", "
	}
	out.sign(results)
	v.Methods = append(v.Methods, out)
}

// sign writes the signature: parameters of one type in a row share it.
func (m *method) sign(results []string) {
	text := "(ctx context.Context"
	for i, p := range m.Params {
		text += ", " + p.Name
		if i+1 == len(m.Params) || m.Params[i+1].Type != p.Type {
			text += " " + p.Type
		}
	}
	m.Results = len(results)
	if results = append(results, "error"); len(results) > 1 {
		m.Signature = text + ") (" + strings.Join(results, ", ") + ")"
		return
	}
	m.Signature = text + ") error"
}

// importsOf returns an import declaration in groups: the standard library, what others
// wrote, the project. named are packages with their names; the others have those of their
// paths.
func importsOf(module string, named map[string]string, paths ...string) string {
	specs := map[string]string{}
	for _, p := range paths {
		specs[p] = strconv.Quote(p)
	}
	for p, local := range named {
		specs[p] = strconv.Quote(p)
		if local != path.Base(p) {
			specs[p] = local + " " + specs[p]
		}
	}
	groups := [3][]string{}
	for p := range specs {
		group := 1
		if strings.HasPrefix(p, module+"/") {
			group = 2
		} else if first, _, _ := strings.Cut(p, "/"); !strings.Contains(first, ".") {
			group = 0
		}
		groups[group] = append(groups[group], p)
	}
	text := ""
	for _, group := range groups {
		slices.Sort(group)
		for _, p := range group {
			text += "\t" + specs[p] + "\n"
		}
		text += "\n"
	}
	return fmt.Sprintf("import (\n%s)", text)
}
