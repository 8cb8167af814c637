package gomerge

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Append adds to a project what a Go file has: the fields of a struct to the struct of its
// name, and the elements of the list that a function makes to that list in the function of
// its name or, without such a function, to the only such list of the package. They come
// last, with the parameters called as they are there. What is there already is left out, and so
// is what belongs to a test that was removed. What is returned is as for Merge.
func Append(there fs.FS, name string, what []byte) (changed []plan.File, byHand []string, err error) {
	is, err := parse(name, what)
	if err != nil {
		return nil, nil, err
	}
	p, err := load(there, name, is.pkg)
	if err != nil {
		return nil, nil, err
	}
	m := merger{pkg: p, name: name, is: is}
	for _, d := range is.decls {
		if lacking := m.append(d); len(lacking) > 0 && !isTest(name) {
			m.tell(name, "", "in "+d.key, lacking)
		}
	}
	if len(m.byHand) > 0 {
		return nil, m.byHand, nil
	}
	changed, err = p.changed(is)
	return changed, nil, err
}

// append adds what a declaration has. It returns the lines for which there is no place.
func (m *merger) append(d decl) (lacking []string) {
	if d.kind == token.TYPE {
		return m.appendFields(d)
	}
	wanted := m.is.listsOf(d)[0]
	for _, e := range wanted.elements {
		text := m.is.text[e.begin:e.end]
		l, ok := m.pkg.listLike(wanted.head, d.key)
		there := text
		if ok {
			there, ok = l.asThere(text, d)
		}
		switch {
		case !ok:
			lacking = append(lacking, text+",")
		case l.index(plain(there)) < 0:
			l.insert(len(l.elements)-1, there)
		}
	}
	return lacking
}

func (m *merger) appendFields(d decl) (lacking []string) {
	wanted := linesWithin(d.text)
	f, mine, ok := m.pkg.byKey(d.key)
	if !ok {
		return wanted
	}
	text := spreadOut(mine.text)
	end := strings.LastIndex(text, "\n}")
	if end < 0 {
		return wanted
	}
	there, fields := firstWords(mine.text), ""
	for _, line := range wanted {
		if !there[firstWord(line)] {
			fields += line + "\n"
		}
	}
	if fields != "" {
		f.replace(mine, neat(mine.text, text[:end+1]+fields+text[end+1:]))
	}
	return nil
}

// listLike returns the outermost list with the head in the declaration with the key or, if
// there is no such declaration, in the package. ok is false if there are several.
func (p *pkg) listLike(head, key string) (l list, ok bool) {
	_, _, declared := p.byKey(key)
	like := slices.DeleteFunc(p.lists(), func(l list) bool { return l.head != head || declared && l.decl != key })
	if len(like) == 0 {
		return list{}, false
	}
	outer := like[0]
	for _, l := range like[1:] {
		if l.file != outer.file || l.end > outer.end {
			return list{}, false
		}
	}
	return outer, true
}

// asThere returns a text of a function with its parameters called as those of the same types
// are where the list is. ok is false if the text has one that is not there.
func (l list) asThere(text string, of decl) (there string, ok bool) {
	mine, _ := l.file.find(l.decl)
	r, named := renames{}, parametersOf(mine)
	for kind, name := range parametersOf(of) {
		r[name] = named[kind]
	}
	for _, t := range tokensOf(text) {
		if to, is := r[text[t.begin:t.end]]; is && (to == "" || to == "_") {
			return text, false
		}
	}
	return r.apply(text), true
}

// parametersOf returns the names of the parameters of a function by their types.
func parametersOf(d decl) map[string]string {
	tree, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+d.text, 0)
	if err != nil {
		return nil // it was parsed before
	}
	f, ok := tree.Decls[0].(*ast.FuncDecl)
	if !ok {
		return nil
	}
	named := map[string]string{}
	for _, p := range f.Type.Params.List {
		for _, name := range p.Names {
			named[types.ExprString(p.Type)] = name.Name
		}
	}
	return named
}

// linesWithin returns the lines of a struct between its braces.
func linesWithin(text string) []string {
	_, text, _ = strings.Cut(text, "{\n")
	return strings.Split(strings.TrimSuffix(text, "\n}\n"), "\n")
}
