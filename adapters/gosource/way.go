package gosource

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/domain/code"
)

// trace is what is done on one way through a use case.
type trace struct {
	did     []done
	assumed map[string]bool // conditions by their text: which of two branches was taken
}

// mostTraces limits how many ways through a function are followed.
const mostTraces = 64

// way follows the ways through a use case.
type way struct {
	*useCases
	info  *types.Info
	name  string
	unit  int // the transaction around; 0 for none
	units *int
	calls []*types.Func

	// Of the function that is being followed.
	returned []trace
	failed   map[types.Object][]trace // where an error is not nil: as it was before the call
	exits    [][]trace                // of the loops and switches around, the innermost last
	twice    map[string]bool          // conditions that are tested more than once
}

// next returns the number of another transaction.
func (w *way) next() int {
	if w.units == nil {
		w.units = new(int)
	}
	*w.units++
	return *w.units
}

// body follows a function, and returns the traces at its end, wherever that is.
func (w *way) body(b *ast.BlockStmt, in []trace) []trace {
	outer := *w
	w.returned, w.failed, w.exits, w.twice = nil, map[types.Object][]trace{}, nil, twiceIn(b)
	out := joined(w.block(b.List, in), w.returned)
	w.returned, w.failed, w.exits, w.twice = outer.returned, outer.failed, outer.exits, outer.twice
	return out
}

func (w *way) block(list []ast.Stmt, in []trace) []trace {
	for _, s := range list {
		in = w.stmt(s, in)
	}
	return in
}

// stmt returns the traces after a statement, none if nothing comes after it.
func (w *way) stmt(s ast.Stmt, in []trace) []trace {
	switch s := s.(type) {
	case *ast.BlockStmt:
		return w.block(s.List, in)
	case *ast.LabeledStmt:
		return w.stmt(s.Stmt, in)
	case *ast.ReturnStmt:
		w.returned = joined(w.returned, w.expr(s, in))
		return nil
	case *ast.BranchStmt:
		w.leave(s, in)
		return nil
	case *ast.IfStmt:
		return w.branches(s, in)
	case *ast.ForStmt:
		return w.loop(in, s.Init, s.Cond, s.Body, s.Post)
	case *ast.RangeStmt:
		return w.loop(in, nil, s.X, s.Body, nil)
	case *ast.SwitchStmt:
		return w.choice(w.expr(s.Tag, w.optional(s.Init, in)), s.Body)
	case *ast.TypeSwitchStmt:
		return w.choice(w.stmt(s.Assign, w.optional(s.Init, in)), s.Body)
	case *ast.SelectStmt:
		return w.choice(in, s.Body)
	case *ast.AssignStmt:
		out := w.expr(s, in)
		for _, to := range s.Lhs {
			if name, ok := to.(*ast.Ident); ok {
				w.failed[w.object(name)] = in
			}
		}
		return out
	case *ast.DeferStmt, *ast.GoStmt, nil:
		return in // neither is on the way
	}
	return w.expr(s, in)
}

func (w *way) optional(s ast.Stmt, in []trace) []trace {
	if s == nil {
		return in
	}
	return w.stmt(s, in)
}

func (w *way) object(name *ast.Ident) types.Object {
	if obj := w.info.Defs[name]; obj != nil {
		return obj
	}
	return w.info.Uses[name]
}

// leave takes the traces of break and the like to the end of what they leave.
func (w *way) leave(s *ast.BranchStmt, in []trace) {
	if n := len(w.exits); n > 0 && s.Tok != token.FALLTHROUGH && s.Tok != token.GOTO {
		at := n - 1
		if s.Label != nil {
			at = 0
		}
		w.exits[at] = joined(w.exits[at], in)
	}
}

// left follows what break leaves, and returns the traces at its end.
func (w *way) left(follow func() []trace) []trace {
	w.exits = append(w.exits, nil)
	out := follow()
	last := len(w.exits) - 1
	out = joined(out, w.exits[last])
	w.exits = w.exits[:last]
	return out
}

// loop follows a loop that is run once, or not at all: what it does again is another unit of
// work for another thing.
func (w *way) loop(in []trace, init ast.Stmt, of ast.Expr, body *ast.BlockStmt, post ast.Stmt) []trace {
	in = w.expr(of, w.optional(init, in))
	return w.left(func() []trace { return joined(in, w.optional(post, w.block(body.List, in))) })
}

// choice follows each of the clauses, and none if there is no default.
func (w *way) choice(in []trace, body *ast.BlockStmt) []trace {
	return w.left(func() []trace {
		var out []trace
		isWhole := false
		for _, clause := range body.List {
			switch c := clause.(type) {
			case *ast.CaseClause:
				isWhole = isWhole || c.List == nil
				out = joined(out, w.block(c.Body, in))
			case *ast.CommClause:
				isWhole = true
				out = joined(out, w.block(c.Body, w.optional(c.Comm, in)))
			}
		}
		if !isWhole {
			out = joined(out, in)
		}
		return out
	})
}

// branches follows both branches of a condition. Where that is about an error, nothing was
// done by the call that returned it.
func (w *way) branches(s *ast.IfStmt, in []trace) []trace {
	in = w.expr(s.Cond, w.optional(s.Init, in))
	yes, no := in, in
	text, is := condition(s.Cond)
	if before, isNil, ok := w.tested(s.Cond); ok && isNil {
		no = before
	} else if ok {
		yes = before
	} else if w.twice[text] {
		yes, no = assuming(yes, text, is), assuming(no, text, !is)
	}
	out := w.block(s.Body.List, yes)
	if s.Else != nil {
		no = w.stmt(s.Else, no)
	}
	return joined(out, no)
}

// tested returns the traces where the error is not nil that a condition is about, and whether
// the condition is that it is nil.
func (w *way) tested(cond ast.Expr) (before []trace, isNil, ok bool) {
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if y, is := n.Y.(*ast.Ident); is && y.Name == "nil" && n.Op == token.EQL {
				isNil = true
			}
		case *ast.Ident:
			if traces, known := w.failed[w.object(n)]; known && isError(w.object(n)) {
				before, ok = traces, true
			}
		}
		return true
	})
	return before, isNil, ok
}

func isError(obj types.Object) bool {
	return obj != nil && types.Identical(obj.Type(), types.Universe.Lookup("error").Type())
}

// expr follows the calls in an expression or a simple statement, the innermost first.
func (w *way) expr(n ast.Node, in []trace) []trace {
	if n == nil || len(in) == 0 {
		return in
	}
	ast.Inspect(n, func(inner ast.Node) bool {
		switch e := inner.(type) {
		case *ast.FuncLit:
			return false // whoever has it calls it
		case *ast.CallExpr:
			for _, arg := range append([]ast.Expr{e.Fun}, e.Args...) {
				in = w.expr(arg, in)
			}
			in = w.call(e, in)
			return false
		}
		return true
	})
	return in
}

// call follows a call: of what changes a store, of work in a transaction, of a function
// of app/, and of one that is declared where it is called.
func (w *way) call(call *ast.CallExpr, in []trace) []trace {
	if isWithin(w.info, call) {
		return w.transaction(call.Args[1], in)
	}
	if d, ok := w.doneBy(w.info, call); ok {
		d.unit = w.unit
		return w.do(d, in)
	}
	if literal, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return w.body(literal.Body, in)
	}
	return w.function(used(w.info, call.Fun), in)
}

// transaction follows work that is done in a transaction.
func (w *way) transaction(work ast.Expr, in []trace) []trace {
	outer := w.unit
	if outer == 0 {
		w.unit = w.next()
	}
	if literal, ok := ast.Unparen(work).(*ast.FuncLit); ok {
		in = w.body(literal.Body, in)
	} else {
		in = w.function(used(w.info, work), in)
	}
	w.unit = outer
	return in
}

// function follows a function of app/, unless it is being followed.
func (w *way) function(called *types.Func, in []trace) []trace {
	f, ok := w.functions[called]
	if !ok || len(w.calls) > deepest || slices.Contains(w.calls, called) {
		return in
	}
	info := w.info
	w.info, w.calls = f.info, append(w.calls, called)
	in = w.body(f.Body, in)
	w.info, w.calls = info, w.calls[:len(w.calls)-1]
	return in
}

// do adds what is done to each trace, and notes where it belongs together with what was done
// before.
func (w *way) do(d done, in []trace) []trace {
	out := make([]trace, len(in))
	for i, t := range in {
		for _, before := range t.did {
			if before.splits(d) && w.found[d.pos].Pos == "" {
				w.found[d.pos] = code.Split{
					UseCase: w.name, First: before.store, FirstPos: w.position(before.pos), Then: d.store, Pos: w.position(d.pos), Bus: d.bus,
				}
			}
		}
		out[i] = trace{append(slices.Clone(t.did), d), t.assumed}
	}
	return out
}

// splits reports whether two things that are done belong in one transaction and are not in
// one. What is published is in none.
func (d done) splits(then done) bool {
	if d.bus || then.bus {
		return then.bus && d.store != ""
	}
	return d.store != then.store && (d.unit == 0 || d.unit != then.unit)
}

// twiceIn returns the conditions that a function tests more than once.
func twiceIn(b *ast.BlockStmt) map[string]bool {
	seen, twice := map[string]bool{}, map[string]bool{}
	ast.Inspect(b, func(n ast.Node) bool {
		if s, ok := n.(*ast.IfStmt); ok {
			text, _ := condition(s.Cond)
			twice[text] = seen[text]
			seen[text] = true
		}
		return true
	})
	return twice
}

// condition returns the text of a condition without negations, and whether there was an even
// number of them.
func condition(e ast.Expr) (text string, is bool) {
	is = true
	for {
		e = ast.Unparen(e)
		not, ok := e.(*ast.UnaryExpr)
		if !ok || not.Op != token.NOT {
			break
		}
		e, is = not.X, !is
	}
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.NEQ {
		return types.ExprString(&ast.BinaryExpr{X: b.X, Op: token.EQL, Y: b.Y}), !is
	}
	return types.ExprString(e), is
}

// assuming returns the traces on which nothing else was assumed of a condition.
func assuming(traces []trace, text string, is bool) []trace {
	var out []trace
	for _, t := range traces {
		if was, known := t.assumed[text]; !known || was == is {
			assumed := maps.Clone(t.assumed)
			if assumed == nil {
				assumed = map[string]bool{}
			}
			assumed[text] = is
			out = append(out, trace{t.did, assumed})
		}
	}
	return out
}

// joined returns the traces of both, each once.
func joined(a, b []trace) []trace {
	out := slices.Clone(a)
	for _, t := range b {
		isThere := func(o trace) bool { return slices.Equal(o.did, t.did) && maps.Equal(o.assumed, t.assumed) }
		if len(out) < mostTraces && !slices.ContainsFunc(out, isThere) {
			out = append(out, t)
		}
	}
	return out
}
