package gomerge

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// file is a Go file as text and as a sequence of declarations.
type file struct {
	name    string
	pkg     string
	text    string
	imports []imported
	block   span // between the parentheses of the imports; empty if there are none
	decls   []decl
	edited  bool
	// formatted reports whether gofmt had nothing to change before it was edited.
	formatted bool
}

// span is a range of a text.
type span struct{ begin, end int }

// decl is a declaration with its comment.
type decl struct {
	span
	key  string // "func New", "func Details.check", "type Details", "const StatusDraft"
	kind token.Token
	text string
}

// names returns the declared name, preceded by the receiver type of a method.
func (d decl) names() []string {
	_, names, _ := strings.Cut(d.key, " ")
	return strings.Split(names, ".")
}

// imported is an import of a file.
type imported struct {
	span
	group int    // index among the groups that are separated by empty lines
	name  string // the name in the file
	spec  string // as written, without comments
	path  string
}

// parse parses a Go file.
func parse(name string, data []byte) (*file, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, data, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	f := &file{name: name, pkg: tree.Name.Name, text: string(data)}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	for _, d := range tree.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			f.readImports(g, offset)
			continue
		}
		key, kind, doc := describe(d)
		begin := d.Pos()
		if doc != nil {
			begin = doc.Pos()
		}
		s := span{offset(begin), f.endOfLine(offset(d.End()))}
		f.decls = append(f.decls, decl{span: s, key: key, kind: kind, text: f.text[s.begin:s.end]})
	}
	return f, nil
}

// endOfLine returns the end of the line that contains the offset.
func (f *file) endOfLine(offset int) int {
	if i := strings.IndexByte(f.text[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(f.text)
}

func (f *file) readImports(g *ast.GenDecl, offset func(token.Pos) int) {
	if g.Lparen.IsValid() {
		f.block = span{offset(g.Lparen) + 1, offset(g.Rparen)}
	}
	for _, s := range g.Specs {
		s := s.(*ast.ImportSpec)
		i := imported{span: span{offset(s.Pos()), offset(s.End())}}
		i.spec = f.text[i.begin:i.end]
		if n := len(f.imports); n > 0 {
			i.group = f.imports[n-1].group
			if strings.Contains(f.text[f.imports[n-1].end:i.begin], "\n\n") {
				i.group++
			}
		}
		i.path, _ = strconv.Unquote(s.Path.Value) // it was parsed before
		i.name = i.path[strings.LastIndexByte(i.path, '/')+1:]
		if s.Name != nil {
			i.name = s.Name.Name
		}
		f.imports = append(f.imports, i)
	}
}

// describe returns the key, the kind and the comment of a declaration.
func describe(d ast.Decl) (key string, kind token.Token, doc *ast.CommentGroup) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return "func " + receiver(d) + d.Name.Name, token.FUNC, d.Doc
	case *ast.GenDecl:
		return d.Tok.String() + " " + firstName(d), d.Tok, d.Doc
	}
	return "", token.ILLEGAL, nil
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}

// firstName returns the first declared name. An edit may have added others.
func firstName(d *ast.GenDecl) string {
	if len(d.Specs) == 0 {
		return ""
	}
	switch s := d.Specs[0].(type) {
	case *ast.TypeSpec:
		return s.Name.Name
	case *ast.ValueSpec:
		return s.Names[0].Name
	}
	return ""
}

func (f *file) find(key string) (decl, bool) {
	i := slices.IndexFunc(f.decls, func(d decl) bool { return d.key == key })
	if i < 0 {
		return decl{}, false
	}
	return f.decls[i], true
}

// replace replaces the text of a declaration.
func (f *file) replace(d decl, text string) { f.splice(d.span, text) }

// insert inserts a declaration after another one.
func (f *file) insert(behind, d decl) { f.splice(span{behind.end, behind.end}, "\n"+d.text) }

// append appends a declaration to the file.
func (f *file) append(d decl) { f.splice(span{len(f.text), len(f.text)}, "\n"+d.text) }

// splice replaces part of the text and parses the result.
func (f *file) splice(at span, text string) {
	f.rewrite(f.text[:at.begin] + text + f.text[at.end:])
}

func (f *file) rewrite(text string) {
	f.text, f.edited = text, true
	if now, err := parse(f.name, []byte(text)); err == nil {
		now.edited, now.formatted = true, f.formatted
		*f = *now
	}
}

// withImports returns the text with the imports of another file added that it uses but
// lacks.
func (f *file) withImports(of *file) ([]byte, error) {
	used, err := f.uses()
	if err != nil {
		return nil, err
	}
	for _, i := range of.imports {
		has := slices.ContainsFunc(f.imports, func(mine imported) bool { return mine.name == i.name || mine.path == i.path })
		if used[i.name] && !has {
			f.addImport(i, of)
		}
	}
	if sorted, err := format.Source([]byte(f.text)); err == nil && f.formatted {
		return sorted, nil
	}
	return []byte(f.text), nil
}

// uses returns the names that the file uses but does not declare, including packages.
func (f *file) uses() (map[string]bool, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), f.name, f.text, 0)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, id := range tree.Unresolved {
		used[id.Name] = true
	}
	return used, nil
}

// addImport adds an import next to its neighbors in the other file.
func (f *file) addImport(i imported, of *file) {
	beside := slices.DeleteFunc(slices.Clone(of.imports), func(other imported) bool { return other.group != i.group })
	at := slices.IndexFunc(beside, func(other imported) bool { return other.path == i.path })
	for _, before := range slices.Backward(beside[:at]) {
		if mine, ok := f.imported(before.path); ok && f.block != (span{}) {
			end := f.endOfLine(mine.end)
			f.splice(span{end, end}, "\t"+i.spec+"\n")
			return
		}
	}
	for _, behind := range beside[at+1:] {
		if mine, ok := f.imported(behind.path); ok && f.block != (span{}) {
			f.splice(span{mine.begin, mine.begin}, i.spec+"\n\t")
			return
		}
	}
	switch {
	case f.block == span{}:
		f.addFirst("import " + i.spec)
	case i.group == 0:
		f.splice(span{f.block.begin, f.block.begin}, "\n\t"+i.spec+"\n")
	default:
		f.splice(span{f.block.end, f.block.end}, "\n\t"+i.spec+"\n")
	}
}

func (f *file) imported(path string) (imported, bool) {
	i := slices.IndexFunc(f.imports, func(i imported) bool { return i.path == path })
	if i < 0 {
		return imported{}, false
	}
	return f.imports[i], true
}

// addFirst adds an import declaration after the package clause.
func (f *file) addFirst(text string) {
	tree, err := parser.ParseFile(token.NewFileSet(), f.name, f.text, parser.PackageClauseOnly)
	if err != nil {
		return // it was parsed before
	}
	at := f.endOfLine(int(tree.Name.End()) - 1)
	f.splice(span{at, at}, "\n"+text+"\n")
}
