package gosource

import (
	"context"
	"go/token"
	"go/types"
	"io/fs"
	"regexp"
	"slices"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Declared returns an interface of package ports, as it is declared now, for an adapter to
// implement. An error that is model.Problems says why none can be written.
func Declared(ctx context.Context, files fs.FS, dir, name string) (model.Declared, error) {
	module, err := modulePath(files, dir)
	if err != nil {
		return model.Declared{}, err
	}
	g, done, err := newGoCommand(files, dir)
	if err != nil {
		return model.Declared{}, err
	}
	defer done()
	l := newLoader(files, module)
	if err := l.load(ctx, g); err != nil {
		return model.Declared{}, plan.Refuse(err)
	}
	d := &declaration{loader: l, out: model.Declared{Name: name, Imports: map[string]string{}}}
	d.read(name)
	return d.out, d.problems.Err()
}

// declaration is an interface that is being read.
type declaration struct {
	*loader
	out model.Declared
}

func (d *declaration) read(name string) {
	i := slices.IndexFunc(d.interfacesOf(), func(t *types.TypeName) bool { return t.Name() == name })
	if i < 0 {
		d.problems.Add("ports", "there is no interface "+name, "declare it, or write its name as it is there")
		return
	}
	t := d.interfacesOf()[i]
	if named, ok := t.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
		d.problems.Add(d.position(t.Pos()), name+" has type parameters", "write the adapter by hand, or declare an interface without them")
		return
	}
	methods := slices.Collect(t.Type().Underlying().(*types.Interface).Methods())
	slices.SortStableFunc(methods, func(a, b *types.Func) int { return int(a.Pos() - b.Pos()) })
	if len(methods) == 0 {
		d.problems.Add(d.position(t.Pos()), name+" has no methods", "declare at least one")
	}
	for _, f := range methods {
		d.method(f)
	}
}

// interfacesOf returns the exported interfaces of package ports.
func (d *declaration) interfacesOf() []*types.TypeName {
	m := mapper{loader: d.loader}
	return m.interfaces(d.portsPath())
}

// method adds a method, and reports why an adapter cannot have it.
func (d *declaration) method(f *types.Func) {
	at, signature := d.position(f.Pos()), f.Signature()
	params, results := variables(signature.Params()), variables(signature.Results())
	switch {
	case !f.Exported():
		d.problems.Add(at, "the method "+f.Name()+" is unexported", "export it: adapters are in other packages")
		return
	case len(params) == 0 || !isNamed(params[0].Type(), "context", "Context"):
		d.problems.Add(at, f.Name()+" does not begin with a context", "make its first parameter ctx context.Context")
		return
	case len(results) == 0 || !types.Identical(results[len(results)-1].Type(), types.Universe.Lookup("error").Type()):
		d.problems.Add(at, f.Name()+" does not end with an error", "make its last result an error: an adapter cannot say otherwise that it failed")
		return
	}
	m := model.Signature{Name: f.Name()}
	for i, v := range params[1:] {
		written := d.variable(v, f.Pos())
		if signature.Variadic() && i == len(params)-2 {
			written.Type = "..." + types.TypeString(v.Type().(*types.Slice).Elem(), d.qualify)
		}
		m.Params = append(m.Params, written)
	}
	for _, v := range results[:len(results)-1] {
		m.Results = append(m.Results, d.variable(v, f.Pos()))
	}
	d.out.Methods = append(d.out.Methods, m)
}

// unexported matches a name of a package that others cannot use.
var unexported = regexp.MustCompile(`[A-Za-z0-9_]\.[a-z_]`)

func (d *declaration) variable(v *types.Var, method token.Pos) model.Variable {
	written := model.Variable{Name: v.Name(), Type: types.TypeString(v.Type(), d.qualify)}
	if unexported.MatchString(written.Type) {
		d.problems.Add(d.position(position(v, method)), "the type "+written.Type+" is unexported", "export it: adapters are in other packages")
	}
	switch t := v.Type().Underlying().(type) {
	case *types.Basic:
		written.Zero = map[bool]string{true: `""`, false: "0"}[t.Info()&types.IsString != 0]
		if t.Info()&types.IsBoolean != 0 {
			written.Zero = "false"
		}
	case *types.Struct, *types.Array:
		written.Zero = written.Type + "{}"
	default:
		written.Zero = "nil"
	}
	return written
}

// qualify imports a package into the adapter's file, and returns its name there. What every
// such file imports keeps its name.
func (d *declaration) qualify(p *types.Package) string {
	if known, ok := d.out.Imports[p.Path()]; ok {
		return known
	}
	local := p.Name()
	if _, own := d.within(p.Path()); own && p.Path() != d.portsPath() && p.Path() != d.kitPath() {
		local = alias.Of(local)
	}
	chosen := local
	for i := 2; d.isTaken(chosen, p.Path()); i++ {
		chosen = local + strconv.Itoa(i)
	}
	d.out.Imports[p.Path()] = chosen
	return chosen
}

// isTaken reports whether a name is that of another package.
func (d *declaration) isTaken(local, importPath string) bool {
	always := map[string]string{
		"context": "context", "time": "time", "slog": "log/slog", "kit": d.kitPath(), "ports": d.portsPath(),
	}
	if path, ok := always[local]; ok && path != importPath {
		return true
	}
	for path, known := range d.out.Imports {
		if known == local && path != importPath {
			return true
		}
	}
	return false
}
