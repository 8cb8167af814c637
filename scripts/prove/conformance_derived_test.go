package prove

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// derivedSuites are the suites of what not every store has, run on stores that are derived of the
// examples of adapters/storegen. What a name begins with, a field or a list, is not of the promise.
var derivedSuites = []suite{
	derivedSuite("Queries (querytest.Run)", plain, "ItemStore", `^([A-EG-Z].*|FindBy.*)$`),
	derivedSuite("Filters and orders (filtertest.Run)", plain, "ItemStore", `^(Find(_.*)?)$`),
	derivedSuite("What is unique (constrainttest.Run)", plain, "UserStore", `^unique_[A-Za-z]+_(.*)$`),
	derivedSuite("What others refer to (referencetest.Run)", references, "OrderStore", `^reference_[A-Za-z]+_(.*)$`),
	derivedSuite("What others of its kind refer to (referencetest.Run)", references, "CategoryStore", `^reference_[A-Za-z]+_(.*)$`),
	derivedSuite("Tenants (tenanttest.Run)", tenants, "ProjectStore", `^(.*tenant.*|tells_nobody.*)$`),
	derivedSuite("Keys that are a tenant's own (tenanttest.Run)", tenants, "PartStore", `^(has_the_same_keys.*|counts_versions.*)$`),
	derivedSuite("Keys that are texts (keytest.Texts)", keys, "ProductStore", `^(keeps_any_text.*|lists_keys.*|goes_on.*|refuses_what_is_no_key)$`),
	derivedSuite("Keys that are numbers (keytest.Numbers)", keys, "InvoiceStore", `^(keeps_any_number.*|lists_keys.*|goes_on.*|refuses_what_is_no_key)$`),
	derivedSuite("Numbers from the store (querytest.Run)", keys, "InvoiceStore", `^(NextNumber.*)$`),
	derivedSuite("Values of types that accept only some (storetest.Entities, valuetest)", plain, "InvoiceStore", `^([a-z].*)$`),
	withCached(derivedSuite("Lists with tables of their own (childrentest.Run)", plain, "OrderStore", `^[A-Z][a-z]+_(is_.*)$`)),
	withCached(derivedSuite("Entities that have such lists (storetest.Entities)", plain, "OrderStore", `^([a-z].*)$`)),
	withCached(derivedSuite("Queries of such lists (querytest.Run)", plain, "OrderStore", `^([A-EG-Z][A-Za-z]+|FindBy\w+)$`)),
}

// The projects that have the stores.
const plain, references, keys, tenants, behindACache = "plain", "references", "keys", "tenants", "cached"

// examplesOf are the examples that a project consists of.
var examplesOf = map[string][]string{
	plain: {"queries", "unique", "values", "aggregates"}, references: {"references"}, keys: {"keys"}, tenants: {"tenants"}, behindACache: {"aggregates"},
}

// derivedSuite returns a suite of which the tests of a derived store have a part: that whose names
// match. What the first group matches is the promise.
func derivedSuite(title, project, store, part string) suite {
	s := suite{title: title, part: regexp.MustCompile(part)}
	for _, adapter := range []string{"memory", "sqlite", "postgres"} {
		s.runs = append(s.runs, suiteRun{adapter, project + "/adapters/" + adapter, "Test" + store})
	}
	return s
}

func withCached(s suite) suite {
	for _, r := range s.runs {
		s.runs = append(s.runs, suiteRun{"cached: " + r.adapter, behindACache + "/adapters/cached", "Test_" + r.adapter})
	}
	return s
}

// derivedShop returns a project with the entities and stores of examples, and what is derived of them.
func derivedShop(t *testing.T, name string) project {
	t.Helper()
	with := []string{"--with", "store=sqlite,postgres", "--with", "bus=channels"}
	if name == behindACache {
		with = append(with, "--with", "cache=memory")
	}
	p := scaffoldWith(t, t.TempDir(), with, "order customer:string")
	for _, own := range []string{"domain", "ports", "app", "adapters", "outgrow.lock", "wiring_gen.go", "main.go", "config.go"} {
		if err := os.RemoveAll(filepath.Join(p.dir, own)); err != nil {
			t.Fatal(err)
		}
	}
	for _, example := range examplesOf[name] {
		if err := os.CopyFS(p.dir, os.DirFS("../../adapters/storegen/testdata/"+example)); err != nil {
			t.Fatal(err)
		}
	}
	if name == behindACache {
		p.cut(t, "ports/orders.go", `(?m)^\tDeleteBy.*\n`) // which cannot be derived there
	}
	p.run(t, outgrow, "generate")
	if name == behindACache {
		test, err := os.ReadFile("testdata/cached_test.go")
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, "adapters/cached/order_test.go", string(test))
	}
	return p
}

// runDerived runs the tests of derived stores, and returns what go test tells.
func runDerived(t *testing.T, runs []suiteRun) (all []testEvent) {
	t.Helper()
	for name := range examplesOf {
		var own []suiteRun
		for _, r := range runs {
			if folder, ok := strings.CutPrefix(r.folder, name+"/"); ok {
				own = append(own, suiteRun{r.adapter, folder, r.test})
			}
		}
		if len(own) == 0 {
			continue
		}
		for _, e := range goTest(t, derivedShop(t, name).dir, "./", own) {
			e.Package = strings.Replace(e.Package, "example.com/shop", "/"+name, 1)
			all = append(all, e)
		}
	}
	return all
}

// cut removes what matches from a file.
func (p project) cut(t *testing.T, file, matches string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, file, regexp.MustCompile(matches).ReplaceAllString(string(text), ""))
}
