// Package gomerge merges changes of scaffolded Go code into the edited code, declaration
// by declaration. Declarations may have been moved to other files of the package.
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

// Merge merges the differences between before and after, two scaffolded versions of the
// named file, into a project, and returns the files that change. Each line that was
// written by hand stays. If something must be done by hand, it returns instructions
// instead, one text for each declaration.
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
		return nil, nil, nil // the tests were removed on purpose
	}
	if len(p.files) == 0 {
		return nil, []string{"package " + is.pkg + ", which " + name + " belongs to, no longer exists; restore it, or make the change by hand"}, nil
	}
	m := merger{pkg: p, name: name, was: was, is: is}
	for i, d := range is.decls {
		m.bring(i, d)
	}
	if len(m.byHand) > 0 {
		return nil, m.byHand, nil
	}
	changed, err = p.changed(is)
	return changed, nil, err
}

// changed returns the files that were edited, with the imports of another one that they need.
func (p *pkg) changed(is *file) (changed []plan.File, err error) {
	for _, f := range p.files {
		if !f.edited {
			continue
		}
		data, err := f.withImports(is)
		if err != nil {
			return nil, err
		}
		changed = append(changed, plan.File{Path: f.name, Data: data})
	}
	return changed, nil
}

// merger merges the changes of one scaffolded file.
type merger struct {
	pkg     *pkg
	name    string
	was, is *file
	byHand  []string
}

// bring merges a declaration that is new or has changed.
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
		text, gaps = text[:end+1]+fieldsOf(gaps)+text[end+1:], nil // the order of fields does not matter
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

// fieldsOf returns the lines of the gaps.
func fieldsOf(gaps []merge.Gap) string {
	var b strings.Builder
	for _, g := range gaps {
		for _, line := range g.Lines {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// withoutFields returns a struct without the fields that mine has and before does not
// have, because they were written by hand.
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

// lines merges declarations line by line, even if mine is on a single line.
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

// bringParts merges the changes of a declaration that no longer exists into the places
// where its lines are now.
func (m *merger) bringParts(old, d decl) {
	if isTest(m.name) { // removed on purpose
		return
	}
	_, gaps := merge.Lines(old.text, "", d.text)
	for _, g := range gaps {
		if !m.pkg.place(g, d.key, d.text) {
			m.tell(m.name, "", fmt.Sprintf("%s no longer exists, but would have changed; in the code that replaces it", d.key), added(old.text, d.text))
			return
		}
	}
}

// add adds a declaration after the one that precedes it in the scaffolded file.
func (m *merger) add(i int, d decl) {
	if f, mine, ok := m.pkg.byKey(d.key); ok {
		if !merge.Same(mine.text, d.text) {
			m.tell(f.name, "", d.key+" already exists; rename it or, in its place", strings.Split(strings.TrimSpace(d.text), "\n"))
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

// tell records what must be done by hand.
func (m *merger) tell(file, after, where string, lines []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was edited; %s", file, where)
	if after != "" {
		fmt.Fprintf(&b, ", after %q", after)
	}
	if len(lines) == 0 {
		b.WriteString(", remove a line")
	} else {
		b.WriteString(", add:")
	}
	for _, line := range lines {
		b.WriteString("\n    " + strings.ReplaceAll(line, "\t", "    "))
	}
	m.byHand = append(m.byHand, b.String())
}

// added returns the lines of a text that another one does not have.
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

// neat formats an edited declaration if it was formatted before.
func neat(before, text string) string {
	if !isFormatted(before) {
		return text
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return text // it will not compile, which is reported later with the position
	}
	return strings.TrimSpace(string(formatted)) + "\n"
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// pkg is the files of a package in a project.
type pkg struct{ files []*file }

// load reads the package of a scaffolded file, without derived files.
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
			f.formatted = isFormatted(f.text)
			p.files = append(p.files, f)
		}
	}
	return p, nil
}

// find returns the current form of a scaffolded declaration: the one with its name or, if
// it was renamed, the most similar one that is not another declaration of the file.
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

// home returns the file with the name, or any other, for a declaration without
// predecessors.
func (p *pkg) home(name string) *file {
	for _, f := range p.files {
		if f.name == name {
			return f
		}
	}
	return p.files[0]
}
