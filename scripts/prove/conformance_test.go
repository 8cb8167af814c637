package prove

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// suite is a conformance suite, and the tests that run it, by adapter.
type suite struct {
	title string
	runs  []suiteRun
	part  *regexp.Regexp // nil, or for the suite of a derived store: see derivedSuite
}

// suiteRun is a test, in a folder of the kit, or of one of the projects of derivedShop, by its name.
type suiteRun struct{ adapter, folder, test string }

var suites = withBrokers(append([]suite{
	{title: "What every database keeps (databasetest.Run)", runs: []suiteRun{
		{"sqlite", "sqlitestore", "TestKit"},
		{"postgres", "postgresstore", "TestKit"},
	}},
	{title: "Entities (storetest.Entities)", runs: []suiteRun{
		{"memory", "storetest", "TestNotesInMemory"},
		{"sqlite", "storetest", "TestNotesInSQLite"},
		{"postgres", "storetest", "TestNotesInPostgres"},
		{"cached: memory", "storetest", "TestCachedNotesInMemory"},
		{"cached: sqlite", "storetest", "TestCachedNotesInSQLite"},
		{"cached: postgres", "storetest", "TestCachedNotesInPostgres"},
	}},
	{title: "Buses (bustest.Run)", runs: []suiteRun{
		{"channels", "chanbus", "TestBus"},
	}},
	{title: ofBrokers},
	{title: "Caches (cachetest.Run)", runs: []suiteRun{
		{"memory", "memorycache", "TestCache"},
		{"redis: Redis", "rediscache", "TestRedis"},
		{"redis: Valkey", "rediscache", "TestValkey"},
		{"memcached: Memcached", "memcachedcache", "TestMemcached"},
		{"memcached: Hazelcast", "memcachedcache", "TestHazelcast"},
		{"near: Redis", "nearcache", "TestOverRedis"},
		{"near: Memcached", "nearcache", "TestOverMemcached"},
	}},
	{title: "Caches that processes share (cachetest.Shared)", runs: []suiteRun{
		{"redis: Redis", "rediscache", "TestProcesses"},
		{"memcached: Memcached", "memcachedcache", "TestProcesses"},
		{"memcached: Hazelcast", "memcachedcache", "TestProcessesOnHazelcast"},
		{"near: Redis", "nearcache", "TestProcessesOnRedis"},
		{"near: Valkey", "nearcache", "TestProcessesOnValkey"},
		{"near: Memcached", "nearcache", "TestProcessesOnMemcached"},
	}},
	{title: "Caches whose server fails (cachetest.Faults)", runs: []suiteRun{
		{"redis", "rediscache", "TestFaults"},
		{"memcached", "memcachedcache", "TestFaults"},
		{"near: Redis", "nearcache", "TestFaultsOfRedis"},
		{"near: Memcached", "nearcache", "TestFaultsOfMemcached"},
	}},
	{title: "Locks (lockstest.Run)", runs: []suiteRun{
		{"process", "processlocks", "TestLocks"},
		{"postgres", "postgreslocks", "TestLocks"},
		{"redis: Redis", "redislocks", "TestRedis"},
		{"redis: Valkey", "redislocks", "TestValkey"},
		{"etcd", "etcdlocks", "TestLocks"},
		{"zookeeper", "zookeeperlocks", "TestLocks"},
	}},
	{title: "Locks whose server fails (lockstest.Faults)", runs: []suiteRun{
		{"postgres", "postgreslocks", "TestFaults"},
		{"redis", "redislocks", "TestFaults"},
		{"etcd", "etcdlocks", "TestFaults"},
		{"zookeeper", "zookeeperlocks", "TestFaults"},
	}},
	{title: "Schedules (scheduletest.Run)", runs: []suiteRun{
		{"memory", "memorystore", "TestSchedule"},
		{"sqlite", "sqlitestore", "TestSchedule"},
		{"postgres", "postgresstore", "TestSchedule"},
	}},
	{title: "Blobs (blobstest.Run)", runs: []suiteRun{
		{"folder", "folderblobs", "TestFolder"},
		{"s3: SeaweedFS", "s3blobs", "TestSeaweedFS"},
	}},
	{title: "Blobs whose server fails (blobstest.Faults)", runs: []suiteRun{
		{"s3: SeaweedFS", "s3blobs", "TestFaults"},
	}},
}, derivedSuites...))

// ofBrokers is the suite of members and servers that die.
const ofBrokers = "Buses over brokers (brokertest.Run)"

// embedded are the adapters that need no server. The others take minutes, and run among
// the tests of their packages: they run once more only to write the file.
var embedded = []string{"memory", "sqlite", "cached: memory", "cached: sqlite", "channels", "process", "folder"}

// withBrokers adds the buses over brokers.
func withBrokers(suites []suite) []suite {
	for _, b := range brokers {
		suites[2].runs = append(suites[2].runs, suiteRun{b.name, b.folder, "TestBus"})
		suites[3].runs = append(suites[3].runs, suiteRun{b.name, b.folder, "TestBroker"})
	}
	return suites
}

const conformanceFile = "../../docs/conformance.md"

// TestConformance runs the suites on the adapters that need no server, prints what each
// kept, and compares it with docs/conformance.md. UPDATE=1 runs them on every adapter,
// against real servers, and writes that file; UPDATE=Lock those suites alone whose titles
// have that, and leaves what the file says of the others.
func TestConformance(t *testing.T) {
	update := os.Getenv("UPDATE")
	if update == "" {
		suites = withoutServers(suites)
		table := strings.Join(tableOf(t, suites), "\n")
		fmt.Println(table)
		written, err := os.ReadFile(conformanceFile)
		if err != nil || table != strings.Join(columnsOf(string(written), suites), "\n") {
			t.Errorf("docs/conformance.md is not what was found (%v); UPDATE=1 go test -run TestConformance ./scripts/prove writes it", err)
		}
		return
	}
	testserver.NATS(t) // where there is no Docker, there is no table
	again := suites
	if update != "1" {
		again = slices.DeleteFunc(slices.Clone(suites), func(s suite) bool { return !strings.Contains(s.title, update) })
	}
	found := strings.Join(tableOf(t, again), "\n")
	before, err := os.ReadFile(conformanceFile)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range suites {
		text := string(before)
		if slices.ContainsFunc(again, func(a suite) bool { return a.title == s.title }) {
			text = found + "\n\n"
		}
		lines = append(lines, columnsOf(text, []suite{s})...)
	}
	text := conformanceIntroduction + strings.Join(lines, "\n") + declaredByBuses()
	fmt.Print(text)
	if err := os.WriteFile(conformanceFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// withoutServers returns the suites of the embedded adapters: of derived stores those in memory,
// since the others take a minute, and run among the tests of adapters/storegen.
func withoutServers(all []suite) (left []suite) {
	for _, s := range all {
		s.runs = slices.DeleteFunc(slices.Clone(s.runs), func(r suiteRun) bool {
			return !slices.Contains(embedded, r.adapter) || s.part != nil && strings.HasSuffix(r.adapter, "sqlite")
		})
		if len(s.runs) > 0 {
			left = append(left, s)
		}
	}
	return left
}

// tableOf runs suites and returns the lines of their tables.
func tableOf(t *testing.T, suites []suite) (lines []string) {
	t.Helper()
	all := runSuites(t, suites)
	for _, s := range suites {
		lines = append(lines, s.table(t, all)...)
	}
	return lines
}

// columnsOf returns what a file says of the suites and their adapters.
func columnsOf(text string, suites []suite) (lines []string) {
	for _, s := range suites {
		_, section, _ := strings.Cut(text, "\n## "+s.title+"\n\n")
		section, _, _ = strings.Cut(section, "\n\n")
		rows := strings.Split(section, "\n")
		adapters := cells(rows[0])
		lines = append(lines, s.head()...)
		for _, row := range rows[min(2, len(rows)):] {
			of := cells(row)
			outcomes := make([]string, len(s.runs))
			for i, r := range s.runs {
				if at := slices.Index(adapters, r.adapter); at >= 0 && at < len(of) {
					outcomes[i] = of[at]
				}
			}
			lines = append(lines, rowOf(of[0], outcomes)...)
		}
	}
	return lines
}

// cells returns the cells of a row of a table.
func cells(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|")
	of := strings.Split(row, "|")
	for i := range of {
		of[i] = strings.TrimSpace(of[i])
	}
	return of
}

// declaredByBuses is what buses say of themselves.
func declaredByBuses() string {
	var b strings.Builder
	b.WriteString("\n\n## What buses declare (kit.BusCapability)\n\n| | keeps messages itself | reaches other processes |\n|---|:-:|:-:|\n")
	declared := []broker{{name: "channels", declares: chanbus.Capability()}}
	for _, bus := range append(declared, brokers...) {
		fmt.Fprintf(&b, "| %s | %v | %v |\n", bus.name, bus.declares.Durable, bus.declares.Connected)
	}
	return b.String()
}

const conformanceIntroduction = `# Conformance

What each adapter of a port is tried for, by the same suite, against the real server in
a container; made by

` + "```\nUPDATE=1 go test -v -run TestConformance ./scripts/prove\n```" + `

✓ it does so; – its server has nothing of the kind, or it is refused behind a cache. Where adapters differ they declare it, as data: a promise then asserts what
is declared, and that what is not is not so. The suite of entities is in every project,
and run there for its own. For each promise a deliberately broken adapter fails in the
expected test: *broken_test.go* beside each suite.

`

// table returns the lines of the suite's table.
func (s suite) table(t *testing.T, all []testEvent) []string {
	t.Helper()
	outcomes := make([]map[string]string, len(s.runs))
	var promises []string
	for i, r := range s.runs {
		outcomes[i] = r.outcomes(t, s.part, all)
		promises = slices.AppendSeq(promises, maps.Keys(outcomes[i]))
	}
	slices.Sort(promises)
	lines := s.head()
	for _, promise := range slices.Compact(promises) {
		row := make([]string, len(s.runs))
		for i, r := range s.runs {
			row[i] = outcomes[i][promise]
			nothing := strings.HasPrefix(promise, lost) || strings.HasPrefix(promise, changed) ||
				strings.HasPrefix(promise, "DeleteBy") && strings.HasPrefix(r.folder, behindACache) // it is refused there
			if row[i] == "" && nothing {
				row[i] = none
			}
			if row[i] == "" || row[i] == fails {
				t.Errorf("%s: %s: %q", r.adapter, promise, row[i])
			}
		}
		lines = append(lines, rowOf(strings.NewReplacer("/", ": ", "_", " ").Replace(promise), row)...)
	}
	return lines
}

// head returns the lines above the promises.
func (s suite) head() []string {
	columns := "| |"
	for _, r := range s.runs {
		columns += " " + r.adapter + " |"
	}
	return []string{"", "## " + s.title, "", columns, "|---|" + strings.Repeat(":-:|", len(s.runs))}
}

// rowOf returns the line of a promise, or nothing if no adapter has anything of the kind.
func rowOf(promise string, outcomes []string) []string {
	if !slices.ContainsFunc(outcomes, func(o string) bool { return o != none }) {
		return nil
	}
	return []string{"| " + promise + " | " + strings.Join(outcomes, " | ") + " |"}
}

// The outcomes of a promise.
const holds, none, fails = "✓", "–", "✗"

// What somebody removes or changes on a server is of the kind of the server.
const lost, changed = "Lost/", "Changed/"

// testEvent is something that go test -json tells.
type testEvent struct{ Action, Package, Test string }

// runSuites runs the suites of all adapters, and returns what go test tells.
func runSuites(t *testing.T, suites []suite) []testEvent {
	t.Helper()
	var kit, derived []suiteRun
	for _, s := range suites {
		if s.part == nil {
			kit = append(kit, s.runs...)
		} else {
			derived = append(derived, s.runs...)
		}
	}
	return append(goTest(t, "../..", "./templates/kit/", kit), runDerived(t, derived)...)
}

// goTest runs tests of the packages below a folder, and returns what go test tells.
func goTest(t *testing.T, dir, below string, runs []suiteRun) (all []testEvent) {
	t.Helper()
	if len(runs) == 0 {
		return nil
	}
	var folders, tests []string
	for _, r := range runs {
		folders = append(folders, below+r.folder)
		tests = append(tests, r.test)
	}
	slices.Sort(folders)
	slices.Sort(tests)
	args := []string{"test", "-count=1", "-timeout=30m", "-json", "-run", "^(" + strings.Join(slices.Compact(tests), "|") + ")$"}
	cmd := exec.CommandContext(t.Context(), "go", append(args, slices.Compact(folders)...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	for line := range bytes.Lines(out) {
		var e testEvent
		if json.Unmarshal(line, &e) == nil {
			all = append(all, e)
		}
	}
	if err != nil {
		t.Errorf("the suites: %v\n%s", err, out)
	}
	return all
}

// outcomes returns what became of the promises, those subtests that have none of
// their own. One of several fields or lists holds if it does for all.
func (r suiteRun) outcomes(t *testing.T, part *regexp.Regexp, all []testEvent) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, e := range all {
		mark := map[string]string{"pass": holds, "skip": none, "fail": fails}[e.Action]
		promise, ok := strings.CutPrefix(e.Test, r.test+"/")
		if part != nil {
			match := part.FindStringSubmatch(promise)
			if match == nil {
				continue
			}
			promise = match[1]
		}
		if ok && mark != "" && strings.HasSuffix(e.Package, "/"+r.folder) && found[promise] != fails {
			found[promise] = mark
		}
	}
	for promise := range found {
		if i := strings.LastIndex(promise, "/"); i > 0 {
			delete(found, promise[:i])
		}
	}
	delete(found, strings.TrimSuffix(lost, "/")) // there is nothing below it
	delete(found, strings.TrimSuffix(changed, "/"))
	if len(found) == 0 {
		t.Errorf("%s in %s tells nothing", r.test, r.folder)
	}
	return found
}
