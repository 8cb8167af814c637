package prove

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// derivedSuites are the suites of what not every store has, run on stores that are derived of the
// examples of adapters/storegen. What a name begins with, a field or a list, is not of the promise.
var derivedSuites = []suite{
	derivedSuite("Queries (querytest.Run)", "ItemStore", `^([A-EG-Z].*|FindBy.*)$`),
	derivedSuite("Filters and orders (filtertest.Run)", "ItemStore", `^(Find(_.*)?)$`),
	derivedSuite("What is unique (constrainttest.Run)", "UserStore", `^unique_[A-Za-z]+_(.*)$`),
	derivedSuite("Values of types that accept only some (storetest.Entities, valuetest)", "InvoiceStore", `^([a-z].*)$`),
	withCached(derivedSuite("Lists with tables of their own (childrentest.Run)", "OrderStore", `^[A-Z][a-z]+_(is_.*)$`)),
	withCached(derivedSuite("Entities that have such lists (storetest.Entities)", "OrderStore", `^([a-z].*)$`)),
	withCached(derivedSuite("Queries of such lists (querytest.Run)", "OrderStore", `^([A-EG-Z][A-Za-z]+|FindBy\w+)$`)),
}

// derivedSuite returns a suite of which the tests of a derived store have a part: that whose names
// match. What the first group matches is the promise.
func derivedSuite(title, store, part string) suite {
	s := suite{title: title, part: regexp.MustCompile(part)}
	for _, adapter := range []string{"memory", "sqlite", "postgres"} {
		s.runs = append(s.runs, suiteRun{adapter, "adapters/" + adapter, "Test" + store})
	}
	return s
}

// behindACache has the tests of derived stores of orders behind a cache.
const behindACache = "adapters/cached"

func withCached(s suite) suite {
	for _, r := range s.runs {
		s.runs = append(s.runs, suiteRun{"cached: " + r.adapter, behindACache, "Test_" + r.adapter})
	}
	return s
}

// derivedShop is a project with the entities and stores of examples, and what is derived of them.
func derivedShop(t *testing.T, adapters []string, examples ...string) project {
	t.Helper()
	p := scaffoldWith(t, t.TempDir(), append([]string{"--with", "store=sqlite,postgres", "--with", "bus=channels"}, adapters...), "order customer:string")
	for _, own := range []string{"domain", "ports", "app", "adapters", "outgrow.lock", "wiring_gen.go", "main.go", "config.go"} {
		if err := os.RemoveAll(filepath.Join(p.dir, own)); err != nil {
			t.Fatal(err)
		}
	}
	for _, example := range examples {
		if err := os.CopyFS(p.dir, os.DirFS("../../adapters/storegen/testdata/"+example)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// runDerived runs the tests of derived stores, and returns what go test tells.
func runDerived(t *testing.T, runs []suiteRun) []testEvent {
	t.Helper()
	if len(runs) == 0 {
		return nil
	}
	p := derivedShop(t, nil, "queries", "unique", "values", "aggregates")
	p.run(t, outgrow, "generate")
	cached := derivedShop(t, []string{"--with", "cache=memory"}, "aggregates")
	cached.cut(t, "ports/orders.go", `(?m)^\tDeleteBy.*\n`) // which cannot be derived there
	cached.run(t, outgrow, "generate")
	test, err := os.ReadFile("testdata/cached_test.go")
	if err != nil {
		t.Fatal(err)
	}
	cached.write(t, behindACache+"/order_test.go", string(test))

	var plain, behind []suiteRun
	for _, r := range runs {
		if r.folder == behindACache {
			behind = append(behind, r)
		} else {
			plain = append(plain, r)
		}
	}
	return append(goTest(t, p.dir, "./", plain), goTest(t, cached.dir, "./", behind)...)
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
