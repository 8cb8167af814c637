package gomerge

import (
	"go/scanner"
	"go/token"
	"go/types"
	"strings"

	"github.com/outgrowkit/outgrow/domain/merge"
)

// renames maps scaffolded names to those in an edited declaration.
type renames map[string]string

// renamesIn returns the renames in a declaration: its own name and that of its receiver
// type and, in a function, each name that was replaced by another one on all lines that
// are otherwise the same.
func renamesIn(old, mine decl) renames {
	r := renames{}
	if was, is := old.names(), mine.names(); len(was) == len(is) {
		for i := range was {
			r[was[i]] = is[i]
		}
	}
	if old.kind != token.FUNC {
		return r
	}
	was, is := shapeOf(old.text), shapeOf(mine.text)
	votes := map[string]string{}
	for i, at := range merge.Match(was.text(), is.text()) {
		if at < 0 {
			continue
		}
		for j, name := range was[i].names {
			switch before, voted := votes[name]; {
			case !voted:
				votes[name] = is[at].names[j]
			case before != is[at].names[j]:
				votes[name] = name
			}
		}
	}
	for from, to := range votes {
		if types.Universe.Lookup(from) == nil && types.Universe.Lookup(to) == nil && !is.has(from) && !was.has(to) {
			r[from] = to
		}
	}
	return r
}

// apply replaces the names in a text.
func (r renames) apply(text string) string {
	var b strings.Builder
	end := 0
	for _, t := range tokensOf(text) {
		b.WriteString(text[end:t.begin])
		b.WriteString(r.token(t, text[t.begin:t.end]))
		end = t.end
	}
	return b.String() + text[end:]
}

func (r renames) token(t tok, text string) string {
	switch t.kind {
	case token.IDENT:
		if to, ok := r[text]; ok {
			return to
		}
	case token.COMMENT:
		for from, to := range r {
			if token.IsExported(from) { // other words could be meant in lower case
				text = strings.ReplaceAll(text, from+" ", to+" ")
			}
		}
	}
	return text
}

// tok is a token and its position in a text.
type tok struct {
	span
	kind token.Token
}

// tokensOf returns the tokens and comments of a text.
func tokensOf(text string) (tokens []tok) {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			return tokens
		}
		if kind == token.SEMICOLON && literal != ";" {
			continue // the end of a line
		}
		if literal == "" {
			literal = kind.String()
		}
		begin := file.Offset(pos)
		tokens = append(tokens, tok{span{begin, begin + len(literal)}, kind})
	}
}

// shape is the lines of a text with the names separated from the rest.
type shape []shapeLine

type shapeLine struct {
	text  string
	names []string
}

func shapeOf(text string) shape {
	s := make(shape, strings.Count(text, "\n")+1)
	for _, t := range tokensOf(text) {
		line := &s[strings.Count(text[:t.begin], "\n")]
		switch literal := text[t.begin:t.end]; t.kind {
		case token.COMMENT:
		case token.IDENT:
			line.text += "_ "
			line.names = append(line.names, literal)
		default:
			line.text += strings.ReplaceAll(literal, "\n", " ") + " "
		}
	}
	return s
}

func (s shape) text() string {
	var b strings.Builder
	for _, line := range s {
		b.WriteString(line.text + "\n")
	}
	return b.String()
}

func (s shape) has(name string) bool {
	for _, line := range s {
		for _, n := range line.names {
			if n == name {
				return true
			}
		}
	}
	return false
}
