// Package gomerge brings what changes in Go that was scaffolded into what has become of
// it: declaration by declaration, in whichever file of its package each is by now.
package gomerge

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/merge"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Merge returns the files of a project that change so that they have what after has
// otherwise than before, both being the scaffolded text of the file of that name. Each
// line that was written by hand stays. What must be done by hand is told instead, a
// text for each declaration.
func Merge(there fs.FS, name string, before, after []byte) (changed []plan.File, byHand []string, err error) {
	was, err := parse(name, before)
	if err != nil {
		return nil, nil, err
	}
	is, err := parse(name, after)
	if err != nil {
		return nil, nil, err
	}
	p, err := load(there, name, is.pkg)
	if err != nil {
		return nil, nil, err
	}
	if len(p.files) == 0 && isTest(name) {
		return nil, nil, nil // tests that were removed are missed by nobody
	}
	if len(p.files) == 0 {
		return nil, []string{"package " + is.pkg + ", which " + name + " belongs to, is not there any more"}, nil
	}
	m := merger{pkg: p, name: name, was: was, is: is}
	for i, d := range is.decls {
		m.bring(i, d)
	}
	if len(m.byHand) > 0 {
		return nil, m.byHand, nil
	}
	for _, f := range p.files {
		if !f.edited {
			continue
		}
		data, err := f.withImports(is)
		if err != nil {
			return nil, nil, err
		}
		changed = append(changed, plan.File{Path: f.name, Data: data})
	}
	return changed, nil, nil
}

// merger brings the changes of one scaffolded file.
type merger struct {
	pkg     *pkg
	name    string
	was, is *file
	byHand  []string
}

// bring brings a declaration that is new or has changed.
func (m *merger) bring(i int, d decl) {
	old, had := m.was.find(d.key)
	if had && merge.Same(old.text, d.text) {
		return
	}
	if !had {
		m.add(i, d)
		return
	}
	f, mine, ok := m.pkg.find(old, m.was)
	if !ok {
		m.bringParts(old, d)
		return
	}
	renamed := renamesIn(old, mine)
	before, after := renamed.apply(old.text), renamed.apply(d.text)
	if d.kind == token.TYPE {
		after = withoutFields(before, mine.text, after)
	}
	text, gaps := lines(before, mine.text, after)
	if end := strings.LastIndex(text, "\n}"); d.kind == token.TYPE && end > 0 {
		text, gaps = text[:end+1]+fieldsOf(gaps)+text[end+1:], nil // where fields are is for people alone
	}
	if text != mine.text {
		f.replace(mine, neat(mine.text, text))
	}
	for _, g := range gaps {
		if !m.pkg.place(g, mine.key, after) {
			m.tell(f.name, g.Before, "in "+mine.key, g.Lines)
		}
	}
}

// fieldsOf returns the lines that have no place in a struct.
func fieldsOf(gaps []merge.Gap) string {
	var b strings.Builder
	for _, g := range gaps {
		for _, line := range g.Lines {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// withoutFields returns a struct without the lines of fields that mine has, and before
// has not: they were written by hand.
func withoutFields(before, mine, after string) string {
	old, there := firstWords(before), firstWords(mine)
	var b strings.Builder
	for line := range strings.Lines(after) {
		if name := firstWord(line); old[name] || !there[name] {
			b.WriteString(line)
		}
	}
	return b.String()
}

func firstWords(text string) map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(text) {
		words[firstWord(line)] = true
	}
	return words
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(plain(line), " ")
	return word
}

// lines merges declarations line by line, also where mine is on one line, or has on
// one what the others have on several.
func lines(before, mine, after string) (string, []merge.Gap) {
	text, gaps := merge.Lines(before, mine, after)
	if spread := spreadOut(mine); len(gaps) > 0 && spread != mine {
		if wide, fewer := merge.Lines(before, spread, after); len(fewer) < len(gaps) {
			text, gaps = wide, fewer
		}
	}
	if _, err := parse("", []byte("package p\n\n"+text)); err != nil {
		_, gaps = merge.Lines(before, "", after)
		return mine, gaps
	}
	return text, gaps
}

// bringParts brings a declaration that is not there any more to where its lines are.
func (m *merger) bringParts(old, d decl) {
	if isTest(m.name) { // removed as well
		return
	}
	_, gaps := merge.Lines(old.text, "", d.text)
	for _, g := range gaps {
		if !m.pkg.place(g, d.key, d.text) {
			m.tell(m.name, "", fmt.Sprintf("%s is not there any more, and would have changed; see to it that what replaces it does this", d.key), added(old.text, d.text))
			return
		}
	}
}

// add adds a declaration behind the one that it follows in the scaffolded file.
func (m *merger) add(i int, d decl) {
	if f, mine, ok := m.pkg.byKey(d.key); ok {
		if !merge.Same(mine.text, d.text) {
			m.tell(f.name, "", d.key+" is there already: give it another name; or write it so", strings.Split(strings.TrimSpace(d.text), "\n"))
		}
		return
	}
	for _, before := range slices.Backward(m.is.decls[:i]) {
		if f, mine, ok := m.pkg.find(before, m.was); ok {
			f.insert(mine, d)
			return
		}
	}
	m.pkg.home(m.name).append(d)
}

// tell notes what is to be done by hand.
func (m *merger) tell(file, after, where string, lines []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was edited: %s", file, where)
	if after != "" {
		fmt.Fprintf(&b, ", after %q", after)
	}
	if len(lines) == 0 {
		b.WriteString(" a line is to be removed")
	} else {
		b.WriteString(", add:")
	}
	for _, line := range lines {
		b.WriteString("\n    " + strings.ReplaceAll(line, "\t", "    "))
	}
	m.byHand = append(m.byHand, b.String())
}

// added returns the lines that a text has more than another one.
func added(old, text string) (lines []string) {
	had := map[string]bool{}
	for line := range strings.Lines(old) {
		had[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(text) {
		if !had[strings.TrimSpace(line)] {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	return lines
}

// neat returns a declaration that was edited formatted, if it was before.
func neat(before, text string) string {
	if !isFormatted(before) {
		return text
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return text // it will not compile, which is told with its place
	}
	return strings.TrimSpace(string(formatted)) + "\n"
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// pkg is the files of a package as they are in a project.
type pkg struct{ files []*file }

// load reads the package of a scaffolded file. Files that are derived, or that cannot be
// read as Go, are not among them.
func load(there fs.FS, name, pkgName string) (*pkg, error) {
	names, err := fs.Glob(there, path.Join(path.Dir(name), "*.go"))
	if err != nil {
		return nil, err
	}
	p := &pkg{}
	for _, n := range names {
		data, err := fs.ReadFile(there, n)
		if err != nil {
			return nil, err
		}
		f, err := parse(n, data)
		if err != nil {
			return nil, plan.Refuse(errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")))
		}
		if f.pkg == pkgName && isTest(n) == isTest(name) && !bytes.HasPrefix(data, []byte("// Code generated")) {
			p.files = append(p.files, f)
		}
	}
	return p, nil
}

// find returns what has become of a scaffolded declaration: the one of its name or, if
// it was renamed, the one that is most like it and none of the file's others.
func (p *pkg) find(old decl, was *file) (*file, decl, bool) {
	if f, d, ok := p.byKey(old.key); ok {
		return f, d, true
	}
	const alike = 0.6
	var inFile *file
	var found decl
	best := alike
	for _, f := range p.files {
		for _, d := range f.decls {
			if _, another := was.find(d.key); another || d.kind != old.kind {
				continue
			}
			if s := merge.Similarity(renamesIn(old, d).apply(old.text), d.text); s >= best {
				inFile, found, best = f, d, s
			}
		}
	}
	return inFile, found, inFile != nil
}

func (p *pkg) byKey(key string) (*file, decl, bool) {
	for _, f := range p.files {
		if d, ok := f.find(key); ok {
			return f, d, true
		}
	}
	return nil, decl{}, false
}

// home returns the file of the name, or any other, for what follows nothing.
func (p *pkg) home(name string) *file {
	for _, f := range p.files {
		if f.name == name {
			return f
		}
	}
	return p.files[0]
}
