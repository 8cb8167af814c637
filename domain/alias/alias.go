// Package alias says under which name a domain package is imported, where its
// own name would hide, or be hidden by, something else in the files that import
// it.
package alias

import (
	"go/token"
	"go/types"
	"strings"
)

// words are the names that generated and scaffolded code uses itself: packages,
// parameters, variables, and what kit packages declare. Names of one or two
// letters, keywords and predeclared names are reserved anyway.
const words = `
	ctx init subscribe module now
	adapters app atomic changed got list made system use base64 base bytes channels clock cmp code config context count created
	data database db delivery details domain driver embed encoding entity err errors event events field fields
	fmt found handler handlers html http httpjson id item items iter json jsonwire key kit
	limit listing log main maps math memory message mux name names net next now number offers ok out
	page path ports purge sweep prometheus query queue raw reader reflect repeated request response result results row
	rows s scan scanner server slices slog sort sql sqlite statement store stores
	storetest strconv strings stmt sync table test testing text time topic tx unicode url utf8 uuid
	value values version wire write writer`

var reserved = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}()

// Reserved reports whether generated code may use the name for something else.
func Reserved(name string) bool {
	return len(name) <= 2 || reserved[name] || token.IsKeyword(name) || types.Universe.Lookup(name) != nil
}

// Of returns the name under which to import the domain package: its own, or, if
// that is reserved, with "domain" behind.
func Of(pkg string) string {
	if Reserved(pkg) {
		return pkg + "domain"
	}
	return pkg
}
