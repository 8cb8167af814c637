package gosource

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// The rules that kit.Violations checks, and their parameters behind the field and its value.
const (
	lineForm  = `^[^\u0000-\u001f\u007f-\u009f]*$` // without control characters
	lineMost  = 200
	textMost  = 10_000
	validator = "Validate"
)

// rules notes what the methods Validate of structs demand of their fields, as far as that can
// be told from calls of kit.Violations with constants: whatever the value, and before
// anything else is decided.
func (m *mapper) rules() {
	for importPath, s := range m.packages {
		for _, f := range s.files {
			for _, d := range f.Decls {
				method, ok := d.(*ast.FuncDecl)
				if !ok || method.Recv == nil || method.Name.Name != validator || method.Body == nil || len(method.Recv.List[0].Names) == 0 {
					continue
				}
				of := m.structs[importPath+"."+typeOfReceiver(method)]
				violations := collectorOf(method.Body.List)
				if of == nil || violations == "" {
					continue
				}
				r := ruleReader{mapper: m, in: s, of: of, receiver: method.Recv.List[0].Names[0].Name, violations: violations}
				r.statements(method.Body.List)
			}
		}
	}
}

// typeOfReceiver returns the name of the type that a method is of.
func typeOfReceiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	name, _ := t.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// collectorOf returns the variable that collects violations: the one of which the last
// statement returns what Err returns; "" if there is none.
func collectorOf(body []ast.Stmt) string {
	if len(body) == 0 {
		return ""
	}
	last, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) != 1 {
		return ""
	}
	call, ok := last.Results[0].(*ast.CallExpr)
	if !ok {
		return ""
	}
	if on, method := selected(call.Fun); method == "Err" {
		return on
	}
	return ""
}

// selected returns the names in x.Name, or "".
func selected(e ast.Expr) (on, name string) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return x.Name, s.Sel.Name
}

// ruleReader reads the rules of a struct from its method.
type ruleReader struct {
	*mapper
	in         *source
	of         *model.Struct
	receiver   string
	violations string
	only       string // the field of a condition or a loop that is read
	element    string // the variable of the loop
}

// within returns what reads statements that are about one field alone.
func (r ruleReader) within(field, element string) ruleReader {
	r.only, r.element = field, element
	return r
}

// statements reads calls up to the first statement that may return or jump.
func (r ruleReader) statements(body []ast.Stmt) {
	for _, s := range body {
		if leaves(s) {
			return
		}
		switch s := s.(type) {
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok {
				r.call(call)
			}
		case *ast.IfStmt:
			if field := r.isThere(s.Cond); field != "" && s.Init == nil && s.Else == nil {
				r.within(field, "").statements(s.Body.List)
			}
		case *ast.RangeStmt:
			on, field := selected(s.X)
			if value, ok := s.Value.(*ast.Ident); ok && on == r.receiver {
				r.within(field, value.Name).statements(s.Body.List)
			}
		}
	}
}

// leaves reports whether a statement may keep what follows from being reached.
func leaves(s ast.Stmt) (found bool) {
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt:
			found = true
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	return found
}

// isThere returns the field of which a condition is that it is not nil, or "".
func (r ruleReader) isThere(condition ast.Expr) string {
	c, ok := condition.(*ast.BinaryExpr)
	if !ok || c.Op != token.NEQ {
		return ""
	}
	on, field := selected(c.X)
	if zero, ok := c.Y.(*ast.Ident); !ok || on != r.receiver || zero.Name != "nil" {
		return ""
	}
	return field
}

// call notes the rule that a call checks.
func (r ruleReader) call(call *ast.CallExpr) {
	on, rule := selected(call.Fun)
	if on != r.violations || len(call.Args) < 2 {
		return
	}
	name, ok := r.constant(call.Args[0])
	if !ok || name.Kind() != constant.String {
		return
	}
	i := r.field(constant.StringVal(name), call.Args[1])
	if i < 0 {
		return
	}
	f := &r.of.Fields[i]
	switch rest := call.Args[2:]; {
	case rule == "Line" && len(rest) == 0:
		f.Rules.Bound(1, lineMost)
		f.Rules.Pattern = lineForm
	case rule == "Text" && len(rest) == 0:
		f.Rules.Bound(1, textMost)
	case (rule == "Length" || rule == "Range") && len(rest) == 2:
		least, okLeast := r.whole(rest[0])
		most, okMost := r.whole(rest[1])
		if okLeast && okMost {
			f.Rules.Bound(least, most)
		}
	case rule == "Match" && len(rest) == 1:
		f.Rules.Pattern = r.pattern(rest[0])
	}
}

// field returns the index of the field with the name if the value is that of the field, or
// of an element of it; -1 otherwise.
func (r ruleReader) field(name string, value ast.Expr) int {
	if c, ok := value.(*ast.CallExpr); ok && len(c.Args) == 1 { // a conversion, such as int64(d.Total)
		if to, ok := c.Fun.(*ast.Ident); ok && (to.Name == "int64" || to.Name == "string") {
			value = c.Args[0]
		}
	}
	if p, ok := value.(*ast.StarExpr); ok {
		value = p.X
	}
	on, selector := selected(value)
	if x, ok := value.(*ast.Ident); ok && r.element != "" && x.Name == r.element {
		on, selector = r.receiver, name
	}
	for i, f := range r.of.Fields {
		if on == r.receiver && f.Name == name && selector == name && (r.only == "" || r.only == name) {
			return i
		}
	}
	return -1
}

// constant returns the value of an expression that is constant.
func (r ruleReader) constant(e ast.Expr) (constant.Value, bool) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if types.CheckExpr(r.fset, r.in.types, e.Pos(), e, info) != nil {
		return nil, false
	}
	v := info.Types[e].Value
	return v, v != nil
}

func (r ruleReader) whole(e ast.Expr) (int64, bool) {
	v, ok := r.constant(e)
	if !ok {
		return 0, false
	}
	return constant.Int64Val(constant.ToInt(v))
}

// pattern returns the pattern of a variable of the package that regexp.MustCompile returns,
// in the form that JSON Schema knows; "" if there is none.
func (r ruleReader) pattern(e ast.Expr) string {
	name, ok := e.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, f := range r.in.files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				if v := spec.(*ast.ValueSpec); len(v.Names) == 1 && len(v.Values) == 1 && v.Names[0].Name == name.Name {
					return r.compiled(v.Values[0])
				}
			}
		}
	}
	return ""
}

// compiled returns the pattern in regexp.MustCompile("…").
func (r ruleReader) compiled(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return ""
	}
	if on, name := selected(call.Fun); on != "regexp" || name != "MustCompile" {
		return ""
	}
	v, ok := r.constant(call.Args[0])
	if !ok || v.Kind() != constant.String {
		return ""
	}
	pattern := constant.StringVal(v)
	if ofGoAlone.MatchString(pattern) || strings.Contains(pattern, "\x00") {
		return ""
	}
	return pattern
}

// ofGoAlone matches what patterns have in Go and in JSON Schema no, or another, meaning.
var ofGoAlone = regexp.MustCompile(`\(\?[^:]|\\[AzQEpPaCsSWbBD]|\\x\{|\[\[:|\[\]|\[\^\]|\[\^[^\]]*\\[dw]`)
