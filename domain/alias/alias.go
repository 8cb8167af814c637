// Package alias chooses the name under which a domain package is imported if its own
// name would shadow, or be shadowed by, something else in the importing files.
package alias

import (
	"go/token"
	"go/types"
	"strings"
)

// words are the names that generated and scaffolded code uses: packages, parameters,
// variables, and the declarations of kit packages. Names of one or two letters, keywords
// and predeclared names are reserved anyway. The tests of adapters/embedded show that
// the list contains all names of the kit.
const words = `
	adapters anchor app ask atomic base base64 bench body bytes changed channels claims clock cmp code color column config
	content context count created ctx curl data database db delivery dependency details docs domain doorkeeper driver embed
	encoding entity err errors event events execute field fields fill fmt formats found gate gathered gatherer given
	got handler handlers health held hint html http httpjson id impatient init integer item items iter join json
	jsonwire key keyed kit known lean ledger level limit link list listing log made main manual maps math measure
	member memory message millis module mux name names net next note now number object offers offered ok once operation out
	page paged pages panicked parsed path pause placeholder ports prometheus purge query queue quoted raw reader readiness
	reflect repeated reply request reserve response result results round route row rows s sample savepoint scan scanner seen
	sequenced serve server sink slices slog sort sql sqlite started statement stmt store stores stream storetest strconv
	strings httpserver jsoncodec memorystore postgresstore run sqlitestore suite testserver subscribe sweep sync system table test testing text thousands time timings token topic tx unclean undo
	unicode unmarshaler url use utf8 uuid value values version weight wire write writer written`

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

// Of returns the name under which to import a domain package: its own name, with
// "domain" appended if that name is reserved.
func Of(pkg string) string {
	if Reserved(pkg) {
		return pkg + "domain"
	}
	return pkg
}
