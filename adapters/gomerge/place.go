package gomerge

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/merge"
)

// list is the arguments of a call or the elements of a composite literal.
type list struct {
	file     *file
	head     string // the function that is called, or the type of the literal
	decl     string // the key of the declaration that contains it
	elements []element
	end      int // the position of the closing parenthesis or brace
}

// element is an element of a list, with white space in its text normalized.
type element struct {
	span
	text string
}

// place applies a change that has no place in its declaration to where its neighbors are
// now: in another form, another declaration or another file. It reports whether it found
// that place, or found that the change was already made by hand.
func (p *pkg) place(g merge.Gap, key, after string) bool {
	if g.Instead {
		return false
	}
	if elements := elementsOf(g.Lines); elements != nil {
		return p.placeElements(elements, g, key, after)
	}
	return p.has(g.Lines) || p.placeLines(g)
}

// placeElements adds missing elements to a list after the element that they should
// follow or, if there is none, to the only list with the same head.
func (p *pkg) placeElements(elements []string, g merge.Gap, key, after string) bool {
	lists := p.lists()
	lacking := slices.DeleteFunc(elements, func(text string) bool {
		return strings.ContainsAny(text, "(:{") && slices.ContainsFunc(lists, func(l list) bool { return l.index(text) >= 0 })
	})
	if len(lacking) == 0 {
		return true
	}
	text := strings.Join(lacking, ", ")
	follows := plainElement(g.Before)
	having := slices.DeleteFunc(slices.Clone(lists), func(l list) bool { return l.index(follows) < 0 })
	if l, ok := theOne(having, key); ok {
		l.insert(l.index(follows), text)
		return true
	}
	head := headOf(after, elements[0])
	calling := slices.DeleteFunc(slices.Clone(lists), func(l list) bool { return l.head != head || l.decl != key })
	if l, ok := theOne(calling, key); ok {
		l.insert(len(l.elements)-1, text)
		return true
	}
	return false
}

// theOne returns the only list or, if there are several, the only one in the declaration.
func theOne(lists []list, key string) (list, bool) {
	if len(lists) > 1 {
		lists = slices.DeleteFunc(slices.Clone(lists), func(l list) bool { return l.decl != key })
	}
	if len(lists) != 1 {
		return list{}, false
	}
	return lists[0], true
}

// placeLines adds lines after the only line that they should follow, or before the only
// line that they should precede.
func (p *pkg) placeLines(g merge.Gap) bool {
	for _, at := range []struct {
		line   string
		behind bool
	}{{g.Before, true}, {g.After, false}} {
		f, s, ok := p.theLine(at.line)
		if !ok {
			continue
		}
		where := s.begin
		if at.behind {
			where = s.end
		}
		f.addLines(where, strings.Join(g.Lines, "\n")+"\n")
		return true
	}
	return false
}

// theLine returns the position of the line, if it is unique and not just a brace.
func (p *pkg) theLine(text string) (in *file, at span, ok bool) {
	if len(strings.Fields(text)) < 2 { // a brace
		return nil, span{}, false
	}
	for _, f := range p.files {
		begin := 0
		for line := range strings.Lines(f.text) {
			end := begin + len(line)
			if plain(line) == plain(text) || strings.HasPrefix(plain(line), plain(text)+" //") {
				if ok {
					return nil, span{}, false
				}
				in, at, ok = f, span{begin, end}, true
			}
			begin = end
		}
	}
	return in, at, ok
}

// has reports whether some file contains the lines in sequence.
func (p *pkg) has(lines []string) bool {
	want := "\n" + plainLines(strings.Join(lines, "\n"))
	return slices.ContainsFunc(p.files, func(f *file) bool { return strings.Contains("\n"+plainLines(f.text), want) })
}

// lists returns all lists of the package.
func (p *pkg) lists() (lists []list) {
	for _, f := range p.files {
		for _, d := range f.decls {
			lists = append(lists, f.listsOf(d)...)
		}
	}
	return lists
}

func (f *file) listsOf(d decl) (lists []list) {
	const head = "package p\n"
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", head+d.text, 0)
	if err != nil {
		return nil // it was parsed before
	}
	span := func(n ast.Node) span {
		shift := d.begin - len(head)
		return span{fset.Position(n.Pos()).Offset + shift, fset.Position(n.End()).Offset + shift}
	}
	add := func(of ast.Node, elements []ast.Expr, end int) {
		l := list{file: f, decl: d.key, end: end}
		if of != nil {
			s := span(of)
			l.head = plain(f.text[s.begin:s.end])
		}
		for _, e := range elements {
			s := span(e)
			l.elements = append(l.elements, element{s, plain(f.text[s.begin:s.end])})
		}
		lists = append(lists, l)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if !n.Ellipsis.IsValid() { // nothing can follow the arguments that a slice has
				add(n.Fun, n.Args, span(n).end-1)
			}
		case *ast.CompositeLit:
			if n.Type != nil {
				add(n.Type, n.Elts, span(n).end-1)
			}
		}
		return true
	})
	return lists
}

func (l list) index(text string) int {
	return slices.IndexFunc(l.elements, func(e element) bool { return e.text == text })
}

// insert adds elements after the ith one, on a new line if that one ends its line.
func (l list) insert(i int, text string) {
	if i < 0 {
		l.file.splice(span{l.end, l.end}, text)
		return
	}
	end := l.elements[i].end
	line := l.file.endOfLine(end)
	if rest := strings.TrimSpace(l.file.text[end:line]); rest == "," || strings.HasPrefix(rest, ", //") {
		l.file.addLines(line, text+",\n")
		return
	}
	l.file.splice(span{end, end}, ", "+text)
}

// addLines adds lines, and formats the file if it was formatted before.
func (f *file) addLines(at int, lines string) {
	formatted := isFormatted(f.text)
	f.splice(span{at, at}, lines)
	if now, err := format.Source([]byte(f.text)); err == nil && formatted {
		f.rewrite(string(now))
	}
}

// isFormatted reports whether gofmt would leave a text unchanged.
func isFormatted(text string) bool {
	formatted, err := format.Source([]byte(text))
	return err == nil && strings.TrimSpace(string(formatted)) == strings.TrimSpace(text)
}

// elementsOf returns the list elements that the lines consist of, or nil if the lines are
// not part of a list.
func elementsOf(lines []string) (elements []string) {
	f, err := parse("", []byte("package p\n\nvar _ = f{\n"+strings.Join(lines, "\n")+"\n}\n"))
	if err != nil {
		return nil
	}
	for _, e := range f.listsOf(f.decls[0])[0].elements {
		elements = append(elements, e.text)
	}
	return elements
}

// headOf returns the head of the list in the text that contains the element.
func headOf(text, of string) string {
	f, err := parse("", []byte("package p\n\n"+text))
	if err != nil {
		return ""
	}
	for _, d := range f.decls {
		for _, l := range f.listsOf(d) {
			if l.index(of) >= 0 {
				return l.head
			}
		}
	}
	return ""
}

// spreadOut returns a declaration with each statement or field on a line of its own, as
// in scaffolded code.
func spreadOut(text string) string {
	const head = "package p\n"
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", head+text, 0)
	if err != nil {
		return text // it was parsed before
	}
	at := map[int]bool{}
	note := func(begin, end token.Pos, within []ast.Node) {
		if len(within) == 0 || fset.Position(begin).Line != fset.Position(end).Line {
			return
		}
		for _, n := range within {
			at[fset.Position(n.Pos()).Offset-len(head)] = true
		}
		at[fset.Position(end).Offset-len(head)] = true
	}
	switch d := tree.Decls[0].(type) {
	case *ast.FuncDecl:
		if d.Body != nil {
			note(d.Body.Lbrace, d.Body.Rbrace, nodes(d.Body.List))
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if t, ok := s.(*ast.TypeSpec); ok {
				if st, ok := t.Type.(*ast.StructType); ok {
					note(st.Fields.Opening, st.Fields.Closing, nodes(st.Fields.List))
				}
			}
		}
	}
	var b strings.Builder
	for i := range len(text) {
		if at[i] {
			b.WriteByte('\n')
		}
		b.WriteByte(text[i])
	}
	return neat(text, b.String())
}

func nodes[N ast.Node](list []N) []ast.Node {
	out := make([]ast.Node, len(list))
	for i, n := range list {
		out[i] = n
	}
	return out
}

// plain returns a text with white space normalized.
func plain(text string) string { return strings.Join(strings.Fields(text), " ") }

// plainElement returns the text of the list element on a line.
func plainElement(line string) string { return strings.TrimSuffix(plain(line), ",") }

// plainLines returns lines with white space normalized.
func plainLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(plain(line) + "\n")
	}
	return b.String()
}
