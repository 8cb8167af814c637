package howto

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// block is a block of code on a page, with the paragraph above it, which says where the
// code belongs.
type block struct {
	lead     string
	language string
	text     string
}

var (
	fence   = regexp.MustCompile("(?sm)^```([a-z]*)\n(.*?)^```$")
	quoted  = regexp.MustCompile("`([^`\n]+)`")
	file    = regexp.MustCompile(`^[A-Za-z0-9_./-]+\.(go|yaml|sql)$`)
	imports = regexp.MustCompile("import\\s+`[^`]+`(?:(?:,| and)\\s+`[^`]+`)*")
	link    = regexp.MustCompile(`\]\(([a-z]+\.md)\)`)
)

// blocksOf returns the blocks of a page.
func blocksOf(page string) []block {
	var blocks []block
	end := 0
	for _, at := range fence.FindAllStringSubmatchIndex(page, -1) {
		above := strings.TrimSpace(page[end:at[0]])
		lead := above[strings.LastIndex(above, "\n\n")+1:]
		blocks = append(blocks, block{lead, page[at[2]:at[3]], page[at[4]:at[5]]})
		end = at[1]
	}
	return blocks
}

// needs returns the pages that are linked above the first code of a page.
func needs(page string) []string {
	first := fence.FindStringIndex(page)
	if first == nil {
		return nil
	}
	var names []string
	for _, found := range link.FindAllStringSubmatch(page[:first[0]], -1) {
		names = append(names, found[1])
	}
	return names
}

// names returns what is quoted in the lead.
func (b block) names() []string {
	var names []string
	for _, found := range quoted.FindAllStringSubmatch(b.lead, -1) {
		names = append(names, found[1])
	}
	return names
}

// files returns the files that the lead names.
func (b block) files() []string {
	return slices.DeleteFunc(b.names(), func(name string) bool { return !file.MatchString(name) })
}

// edited returns a file, which is nil if there is none, as the block has it: it is a new
// file, or has declarations that take the place of those of their names or follow all, or
// has lines that belong at the end of what the lead names.
func (b block) edited(name string, old []byte) ([]byte, error) {
	whole := path.Ext(name) == ".sql" || strings.HasPrefix(b.text, "package ") || strings.Contains(b.text, "\npackage ")
	switch {
	case whole && old != nil:
		return nil, fmt.Errorf("%s is there already", name)
	case !whole && old == nil:
		return nil, fmt.Errorf("there is no %s", name)
	case whole && path.Ext(name) == ".go":
		return formatted(name, b.text)
	case whole:
		return []byte(b.text), nil
	case path.Ext(name) == ".yaml" && strings.HasPrefix(b.text, " "):
		return b.inSection(string(old))
	case path.Ext(name) == ".yaml":
		return []byte(string(old) + "\n" + b.text), nil
	}
	var err error
	text := string(old)
	if shown, parseErr := parser.ParseFile(token.NewFileSet(), "", "package p\n"+b.text, parser.ParseComments); parseErr == nil {
		for _, decl := range shown.Decls {
			if text, err = withDecl(text, decl, "package p\n"+b.text); err != nil {
				return nil, err
			}
		}
	} else if text, err = b.withLines(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, named := range imports.FindAllString(b.lead, -1) {
		for _, found := range quoted.FindAllStringSubmatch(named, -1) {
			text = withImport(text, found[1])
		}
	}
	return formatted(name, text)
}

// inSection puts the lines, the first of which is a key of a section, in the place of the
// lines of that key.
func (b block) inSection(text string) ([]byte, error) {
	key, _, _ := strings.Cut(b.text, "\n")
	indent := key[:len(key)-len(strings.TrimLeft(key, " "))]
	there := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(key) + "\n(?:" + indent + " +.*\n)*")
	if at := there.FindStringIndex(text); at != nil {
		return []byte(text[:at[0]] + b.text + text[at[1]:]), nil
	}
	return nil, fmt.Errorf("there is no section %s", key)
}

// formatted returns the text, which must be as gofmt has it but for the alignment and the
// order of what was put into it.
func formatted(name, text string) ([]byte, error) {
	out, err := format.Source([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return bytes.TrimLeft(out, "\n"), nil
}

// withDecl puts a declaration from the source in the place of that of its name, or at the
// end.
func withDecl(text string, decl ast.Decl, source string) (string, error) {
	shown := textOf(decl, source)
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments)
	if err != nil {
		return "", err
	}
	for _, there := range f.Decls {
		if nameOf(there) == nameOf(decl) {
			return strings.Replace(text, textOf(there, text), shown, 1), nil
		}
	}
	return text + "\n" + shown + "\n", nil
}

// textOf returns a declaration with its comment. Positions begin at 1.
func textOf(decl ast.Decl, source string) string {
	begin, doc := decl.Pos(), (*ast.CommentGroup)(nil)
	switch d := decl.(type) {
	case *ast.FuncDecl:
		doc = d.Doc
	case *ast.GenDecl:
		doc = d.Doc
	}
	if doc != nil {
		begin = doc.Pos()
	}
	return source[begin-1 : decl.End()-1]
}

// nameOf returns the name of what is declared, with that of its receiver.
func nameOf(decl ast.Decl) string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name
		}
		receiver := d.Recv.List[0].Type
		if pointer, ok := receiver.(*ast.StarExpr); ok {
			receiver = pointer.X
		}
		return fmt.Sprint(receiver) + "." + d.Name.Name
	case *ast.GenDecl:
		switch spec := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return spec.Name.Name
		case *ast.ValueSpec:
			return spec.Names[0].Name
		}
	}
	return ""
}

// withLines puts the lines at the end of what the lead names: of a struct, an interface,
// or the list that a function returns.
func (b block) withLines(text string) (string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments)
	if err != nil {
		return "", err
	}
	for _, decl := range f.Decls {
		if !slices.Contains(b.names(), nameOf(decl)) {
			continue
		}
		end := int(decl.End()) - 2 // the brace
		if _, ok := decl.(*ast.FuncDecl); ok {
			end = strings.LastIndex(text[:end], "\t)")
		}
		return text[:end] + b.text + text[end:], nil
	}
	return "", fmt.Errorf("it is not said where these lines belong:\n%s", b.text)
}

// withImport imports a package, beside those of its kind.
func withImport(text, imported string) string {
	spec := strconv.Quote(imported)
	if strings.Contains(text, spec) {
		return text
	}
	if !strings.Contains(text, "import (") {
		clause := regexp.MustCompile(`(?m)^package \w+\n`)
		return clause.ReplaceAllString(text, "${0}\nimport (\n\t"+spec+"\n)\n")
	}
	return strings.Replace(text, "import (\n", "import (\n\t"+spec+"\n", 1)
}
