package prove

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
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
}

type suiteRun struct{ adapter, folder, test string }

var suites = withBrokers([]suite{
	{"What every database keeps (databasetest.Run)", []suiteRun{
		{"sqlite", "sqlitestore", "TestKit"},
		{"postgres", "postgresstore", "TestKit"},
	}},
	{"Entities (storetest.Entities)", []suiteRun{
		{"memory", "storetest", "TestNotesInMemory"},
		{"sqlite", "storetest", "TestNotesInSQLite"},
		{"postgres", "storetest", "TestNotesInPostgres"},
		{"cached: memory", "storetest", "TestCachedNotesInMemory"},
		{"cached: sqlite", "storetest", "TestCachedNotesInSQLite"},
		{"cached: postgres", "storetest", "TestCachedNotesInPostgres"},
	}},
	{"Buses (bustest.Run)", []suiteRun{
		{"channels", "chanbus", "TestBus"},
	}},
	{ofBrokers, nil},
	{"Caches (cachetest.Run)", []suiteRun{
		{"memory", "memorycache", "TestCache"},
		{"redis: Redis", "rediscache", "TestRedis"},
		{"redis: Valkey", "rediscache", "TestValkey"},
		{"memcached: Memcached", "memcachedcache", "TestMemcached"},
		{"memcached: Hazelcast", "memcachedcache", "TestHazelcast"},
		{"near: Redis", "nearcache", "TestOverRedis"},
		{"near: Memcached", "nearcache", "TestOverMemcached"},
	}},
	{"Caches that processes share (cachetest.Shared)", []suiteRun{
		{"redis: Redis", "rediscache", "TestProcesses"},
		{"memcached: Memcached", "memcachedcache", "TestProcesses"},
		{"memcached: Hazelcast", "memcachedcache", "TestProcessesOnHazelcast"},
		{"near: Redis", "nearcache", "TestProcessesOnRedis"},
		{"near: Valkey", "nearcache", "TestProcessesOnValkey"},
		{"near: Memcached", "nearcache", "TestProcessesOnMemcached"},
	}},
	{"Caches whose server fails (cachetest.Faults)", []suiteRun{
		{"redis", "rediscache", "TestFaults"},
		{"memcached", "memcachedcache", "TestFaults"},
		{"near: Redis", "nearcache", "TestFaultsOfRedis"},
		{"near: Memcached", "nearcache", "TestFaultsOfMemcached"},
	}},
	{"Locks (lockstest.Run)", []suiteRun{
		{"process", "processlocks", "TestLocks"},
		{"postgres", "postgreslocks", "TestLocks"},
		{"redis: Redis", "redislocks", "TestRedis"},
		{"redis: Valkey", "redislocks", "TestValkey"},
		{"etcd", "etcdlocks", "TestLocks"},
		{"zookeeper", "zookeeperlocks", "TestLocks"},
	}},
	{"Locks whose server fails (lockstest.Faults)", []suiteRun{
		{"postgres", "postgreslocks", "TestFaults"},
		{"redis", "redislocks", "TestFaults"},
		{"etcd", "etcdlocks", "TestFaults"},
		{"zookeeper", "zookeeperlocks", "TestFaults"},
	}},
	{"Schedules (scheduletest.Run)", []suiteRun{
		{"memory", "memorystore", "TestSchedule"},
		{"sqlite", "sqlitestore", "TestSchedule"},
		{"postgres", "postgresstore", "TestSchedule"},
	}},
	{"Blobs (blobstest.Run)", []suiteRun{
		{"folder", "folderblobs", "TestFolder"},
		{"s3: SeaweedFS", "s3blobs", "TestSeaweedFS"},
	}},
	{"Blobs whose server fails (blobstest.Faults)", []suiteRun{
		{"s3: SeaweedFS", "s3blobs", "TestFaults"},
	}},
})

// ofBrokers is the suite of members and servers that die. It takes minutes, and runs
// among the tests of each bus: it runs once more only to write the file.
const ofBrokers = "Buses over brokers (brokertest.Run)"

// withBrokers adds the buses over brokers.
func withBrokers(suites []suite) []suite {
	for _, b := range brokers {
		suites[2].runs = append(suites[2].runs, suiteRun{b.name, b.folder, "TestBus"})
		suites[3].runs = append(suites[3].runs, suiteRun{b.name, b.folder, "TestBroker"})
	}
	return suites
}

const conformanceFile = "../../docs/conformance.md"

// TestConformance runs the suites on every adapter, against real servers, prints
// what each kept, and compares it with docs/conformance.md. UPDATE=1 writes that.
func TestConformance(t *testing.T) {
	testserver.NATS(t) // where there is no Docker, there is no table
	updates := os.Getenv("UPDATE") != ""
	if !updates {
		suites = slices.DeleteFunc(suites, func(s suite) bool { return s.title == ofBrokers })
	}
	all := runSuites(t)
	var b strings.Builder
	b.WriteString(conformanceIntroduction)
	for _, s := range suites {
		s.write(t, &b, all)
	}
	b.WriteString("\n## What buses declare (kit.BusCapability)\n\n| | keeps messages itself | reaches other processes |\n|---|:-:|:-:|\n")
	declared := []broker{{name: "channels", declares: chanbus.Capability()}}
	for _, bus := range append(declared, brokers...) {
		fmt.Fprintf(&b, "| %s | %v | %v |\n", bus.name, bus.declares.Durable, bus.declares.Connected)
	}
	fmt.Print(b.String())
	if updates {
		if err := os.WriteFile(conformanceFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(conformanceFile)
	if !updates {
		want = without(want, "## "+ofBrokers)
	}
	if err != nil || string(want) != b.String() {
		t.Errorf("docs/conformance.md is not what was found (%v); UPDATE=1 go test -run TestConformance ./scripts/prove writes it", err)
	}
}

// without returns a text without the section of a heading.
func without(text []byte, heading string) []byte {
	before, rest, _ := bytes.Cut(text, []byte("\n"+heading))
	_, after, _ := bytes.Cut(rest, []byte("\n\n## "))
	return slices.Concat(before, []byte("\n## "), after)
}

const conformanceIntroduction = `# Conformance

What each adapter of a port is tried for, by the same suite, against the real server in
a container; made by

` + "```\nUPDATE=1 go test -v -run TestConformance ./scripts/prove\n```" + `

✓ it does so; – its server has nothing of the kind. Where adapters differ they declare it, as data: a promise then asserts what
is declared, and that what is not is not so. The suite of entities is in every project,
and run there for its own. For each promise a deliberately broken adapter fails in the
expected test: *broken_test.go* beside each suite.

`

// write writes the table of the suite.
func (s suite) write(t *testing.T, b *strings.Builder, all []testEvent) {
	t.Helper()
	outcomes := make([]map[string]string, len(s.runs))
	var promises []string
	for i, r := range s.runs {
		outcomes[i] = r.outcomes(t, all)
		for promise := range outcomes[i] {
			if !slices.Contains(promises, promise) {
				promises = append(promises, promise)
			}
		}
	}
	slices.Sort(promises)
	fmt.Fprintf(b, "\n## %s\n\n| |", s.title)
	for _, r := range s.runs {
		b.WriteString(" " + r.adapter + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(s.runs)) + "\n")
	for _, promise := range promises {
		b.WriteString("| " + strings.ReplaceAll(strings.ReplaceAll(promise, "/", ": "), "_", " ") + " |")
		for i, r := range s.runs {
			outcome := outcomes[i][promise]
			if outcome == "" && (strings.HasPrefix(promise, lost) || strings.HasPrefix(promise, changed)) {
				outcome = "–"
			}
			if outcome == "" || outcome == "✗" {
				t.Errorf("%s: %s: %q", r.adapter, promise, outcome)
			}
			b.WriteString(" " + outcome + " |")
		}
		b.WriteString("\n")
	}
}

// What somebody removes or changes on a server is of the kind of the server.
const lost, changed = "Lost/", "Changed/"

// testEvent is something that go test -json tells.
type testEvent struct{ Action, Package, Test string }

// runSuites runs the suites of all adapters, and returns what go test tells.
func runSuites(t *testing.T) (all []testEvent) {
	t.Helper()
	var folders, tests []string
	for _, s := range suites {
		for _, r := range s.runs {
			folders = append(folders, "./templates/kit/"+r.folder)
			tests = append(tests, r.test)
		}
	}
	slices.Sort(folders)
	args := []string{"test", "-count=1", "-json", "-run", "^(" + strings.Join(tests, "|") + ")$"}
	cmd := exec.CommandContext(t.Context(), "go", append(args, slices.Compact(folders)...)...)
	cmd.Dir = "../.."
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
// their own.
func (r suiteRun) outcomes(t *testing.T, all []testEvent) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, e := range all {
		mark := map[string]string{"pass": "✓", "skip": "–", "fail": "✗"}[e.Action]
		promise, ok := strings.CutPrefix(e.Test, r.test+"/")
		if ok && mark != "" && strings.HasSuffix(e.Package, "/"+r.folder) {
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
