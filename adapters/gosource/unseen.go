package gosource

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// errUnseen is the error of importing what others wrote. It makes go/types take the
// package to be as it is used.
var errUnseen = errors.New("not looked at")

// unseen returns the package that stands for one that others wrote.
func (c *compiler) unseen(importPath string) *types.Package {
	p := c.others[importPath]
	if p == nil {
		p = types.NewPackage(importPath, c.nameOf(importPath))
		c.others[importPath] = p
	}
	return p
}

// version ends the import path of a package whose name is what comes before.
var version = regexp.MustCompile(`[/.]v[0-9]+$`)

// nameOf guesses the name of a package from its path, and from what the files that
// import it select something of.
func (c *compiler) nameOf(importPath string) string {
	base := path.Base(version.ReplaceAllString(importPath, ""))
	guesses := append([]string{base}, strings.FieldsFunc(base, func(r rune) bool { return r == '-' || r == '.' })...)
	slices.Reverse(guesses[1:])
	for _, guess := range guesses {
		if c.selected[importPath][guess] {
			return guess
		}
	}
	var within []string
	for name := range c.selected[importPath] {
		if strings.Contains(importPath, name) {
			within = append(within, name)
		}
	}
	if len(within) == 0 {
		return base
	}
	return slices.MaxFunc(within, func(a, b string) int { return len(a) - len(b) })
}

// noteSelected notes for each package that a file imports without giving it a name
// what the file selects something of, the names of its other imports left out.
func (c *compiler) noteSelected(f *ast.File) {
	var unnamed []string
	names := map[string]bool{}
	for _, spec := range f.Imports {
		if spec.Name != nil {
			names[spec.Name.Name] = true
		} else {
			unnamed = append(unnamed, strings.Trim(spec.Path.Value, "\"`"))
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && !names[x.Name] {
			for _, importPath := range unnamed {
				if c.selected[importPath] == nil {
					c.selected[importPath] = map[string]bool{}
				}
				c.selected[importPath][x.Name] = true
			}
		}
		return true
	})
}

// dependsOnUnseen reports whether files import something that others wrote, be it
// through packages of the module.
func (c *compiler) dependsOnUnseen(files []*ast.File, asked map[string]bool) bool {
	return slices.ContainsFunc(importsOf(files), func(importPath string) bool {
		p := c.packages[importPath]
		if p == nil || asked[importPath] {
			return c.isForeign(importPath) || importPath == "C"
		}
		asked[importPath] = true
		return c.dependsOnUnseen(p.all(), asked)
	})
}

// doubts are about the mistakes in a package that depends on what others wrote, which
// was not looked at.
type doubts struct {
	*compiler
	files []*ast.File
	info  *types.Info
}

// unused is how the type checker says that an import is not used.
var unused = regexp.MustCompile(`^"(.+)" imported(?: as (\w+))? and not used$`)

// has reports whether a mistake may be due to packages that were not looked at: that
// they cannot be imported, have another name than was guessed, or that what is made of
// their types is not known.
func (d *doubts) has(e types.Error) bool {
	i := slices.IndexFunc(d.files, func(f *ast.File) bool { return f.FileStart <= e.Pos && e.Pos <= f.FileEnd })
	if i < 0 {
		return true
	}
	file := d.files[i]
	if name, undefined := strings.CutPrefix(e.Msg, "undefined: "); undefined {
		return !strings.Contains(name, ".") && d.mayDeclare(file, name)
	}
	if m := unused.FindStringSubmatch(e.Msg); m != nil {
		return d.isForeign(m[1]) || selectsOf(file, m[2], path.Base(m[1]))
	}
	unknown := slices.ContainsFunc([]string{errUnseen.Error(), "invalid type", "unknown type", "overflows"}, func(text string) bool {
		return strings.Contains(e.Msg, text)
	})
	return e.Soft || unknown || e.Msg == "missing type in composite literal" || d.isAboutUnseen(file, e.Pos)
}

// mayDeclare reports whether a name that is not declared may be one of a package that a
// file imports: that of the package itself, or one that is imported with a dot.
func (d *doubts) mayDeclare(file *ast.File, name string) bool {
	return slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
		importPath := strings.Trim(spec.Path.Value, "\"`")
		isDot := spec.Name != nil && spec.Name.Name == "."
		return d.isForeign(importPath) && (isDot || mayBeCalled(importPath, name))
	})
}

// mayBeCalled reports whether a package may have a name, as far as its path tells. One or two
// letters are in nearly every path, and have to be a word of it.
func mayBeCalled(importPath, name string) bool {
	if len(name) > 2 {
		return strings.Contains(importPath, name)
	}
	words := strings.FieldsFunc(importPath, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.Contains(words, name)
}

// selectsOf reports whether something in a file is selected of one of the names. The
// type checker does not look at what is asserted of, or converted from, what is not
// known.
func selectsOf(file *ast.File, names ...string) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			x, ok := s.X.(*ast.Ident)
			found = found || ok && slices.Contains(names, x.Name)
		}
		return !found
	})
	return found
}

// isAboutUnseen reports whether the statement or declaration at a position names
// anything that is made of what is not known.
func (d *doubts) isAboutUnseen(file *ast.File, pos token.Pos) bool {
	var at ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || n.End() <= pos {
			return false
		}
		switch n.(type) {
		case *ast.BlockStmt:
		case ast.Stmt, ast.Spec, *ast.Field:
			at = n
		}
		return true
	})
	if at == nil {
		return false
	}
	found := false
	ast.Inspect(at, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			found = found || d.isUnseen(d.info.Uses[name]) || d.isUnseen(definite(d.info.Defs[name]))
		}
		_, isBlock := n.(*ast.BlockStmt)
		return !isBlock && !found
	})
	return found
}

// definite returns what a statement defines, and nil where it is without a type: the
// mistake itself may be why.
func definite(obj types.Object) types.Object {
	if obj == nil || obj.Type() == types.Typ[types.Invalid] {
		return nil
	}
	return obj
}

// isUnseen reports whether something is made of what is not known.
func (d *doubts) isUnseen(obj types.Object) bool {
	switch obj := obj.(type) {
	case nil:
		return false
	case *types.PkgName:
		return d.isForeign(obj.Imported().Path()) || obj.Imported().Path() == "C"
	default:
		return isUnknown(obj.Type(), map[types.Type]bool{})
	}
}

// isUnknown reports whether a type, its methods or its fields are not all known.
func isUnknown(t types.Type, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	unknown := func(t types.Type) bool { return isUnknown(t, seen) }
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Named:
		return slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), unknown) || unknown(t.Underlying())
	case *types.Struct:
		return slices.ContainsFunc(slices.Collect(t.Fields()), func(f *types.Var) bool { return f.Embedded() && unknown(f.Type()) })
	case *types.Interface:
		return slices.ContainsFunc(slices.Collect(t.EmbeddedTypes()), unknown)
	case *types.Signature:
		isUnknown := func(v *types.Var) bool { return unknown(v.Type()) }
		return slices.ContainsFunc(variables(t.Params()), isUnknown) || slices.ContainsFunc(variables(t.Results()), isUnknown)
	case *types.Map:
		return unknown(t.Key()) || unknown(t.Elem())
	case *types.TypeParam:
		return unknown(t.Constraint())
	case interface{ Elem() types.Type }: // a pointer, slice, array or channel
		return unknown(t.Elem())
	}
	return false
}
