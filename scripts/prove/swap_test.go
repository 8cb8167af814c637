package prove

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// exchange is a request as it was recorded. In its path and header {n} stands for
// what the nth answer had as id.
type exchange struct {
	method, path, body string
	header             []string
}

const draft = `{"customer":"Ada Lovelace","total":1250,"notes":"a\nb","status":"draft","tags":["x","ÿ"],"weight":0.1,"took":"1m30s","scan":"AAEC/w==","due":"2026-02-03T04:05:06.123456Z"}`

// recorded are requests of every kind, and some that are refused.
var recorded = []exchange{
	{method: "POST", path: "/orders", body: draft},
	{method: "GET", path: "/orders/{1}"},
	{method: "GET", path: "/orders/{1}", header: []string{"If-None-Match", `"1"`}},
	{method: "POST", path: "/orders", body: `{"customer":"Bob","total":-9007199254740993,"status":"paid","tags":[],"weight":1e300,"took":"0s"}`},
	{method: "GET", path: "/orders?limit=1"},
	{method: "GET", path: "/orders?limit=50"},
	{method: "PUT", path: "/orders/{1}", body: strings.Replace(draft, "draft", "paid", 1), header: []string{"If-Match", `"1"`}},
	{method: "PUT", path: "/orders/{1}", body: draft, header: []string{"If-Match", `"1"`}},
	{method: "PUT", path: "/orders/{1}", body: draft},
	{method: "POST", path: "/orders", body: `{"customer":"","total":1,"status":"lost","tags":null,"weight":0,"took":"1s"}`},
	{method: "POST", path: "/orders", body: `{"customer":"x","total":1.5,"status":"draft"}`},
	{method: "POST", path: "/orders", body: `{"customer":"x","colour":"red"}`},
	{method: "POST", path: "/orders", body: `{`},
	{method: "POST", path: "/orders", body: draft, header: []string{"Idempotency-Key", "one"}},
	{method: "POST", path: "/orders", body: draft, header: []string{"Idempotency-Key", "one"}},
	{method: "POST", path: "/orders", body: `{"customer":"other"}`, header: []string{"Idempotency-Key", "one"}},
	{method: "GET", path: "/orders/018f0000-0000-7000-8000-000000000000"},
	{method: "GET", path: "/orders/none"},
	{method: "DELETE", path: "/orders/{1}"},
	{method: "DELETE", path: "/orders/{1}"},
	{method: "GET", path: "/orders/{1}"},
	{method: "GET", path: "/orders?limit=0"},
	{method: "PATCH", path: "/orders"},
	{method: "GET", path: "/openapi.json"},
}

// TestSwap writes to a service on SQLite and channels, starts the same binary on
// Postgres and each bus over a server, by variables alone, and compares the answers, and
// the events that were handled.
func TestSwap(t *testing.T) {
	store := testserver.StartPostgres(t)
	p := scaffoldWith(t, t.TempDir(), withAll(),
		"order customer:string total:int64 notes:text? status:enum:draft,paid tags:[]string weight:float64 took:duration scan:bytes? due:time?")
	binary, addr := p.build(t), freeAddr(t)

	s := start(t, binary, t.TempDir(), addr)
	embedded := s.replay(t, recorded)
	events := s.events(t, 0)
	embedded = append(embedded, events...)
	for _, b := range brokers {
		bus := b.start(t)
		began := time.Now()
		s.stop(t)
		s = startWith(t, append(onPostgres(testserver.SchemaOf(t, store, "swap_"+b.name)), b.at(bus.URL())...), binary, t.TempDir(), addr)
		took := time.Since(began)
		distributed := append(s.replay(t, recorded), s.events(t, len(events))...)
		diff := differences(embedded, distributed)
		fmt.Printf("swapped for Postgres and %s in %.2f s; %d answers and %d events compared, %d differ\n",
			b.title, took.Seconds(), len(recorded), len(distributed)-len(recorded), len(diff))
		for _, d := range diff {
			t.Error(d)
		}
	}
	s.stop(t)
}

// TestSwapOfBuses moves a service that keeps its store from each bus to each other one,
// and compares what was acknowledged with what was handled, once all events were.
func TestSwapOfBuses(t *testing.T) {
	binary, dir, addr := shopWithReceipts(t).binary, t.TempDir(), freeAddr(t)
	places := map[string][]string{"channels": nil}
	for _, b := range brokers {
		places[b.name] = b.at(b.start(t).URL())
	}
	acked, swaps := map[string]bool{}, 0
	on := func(bus string) {
		s := startWith(t, places[bus], binary, dir, addr, "--set", "log.level=error")
		a, err := s.send(t.Context(), http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
		if err != nil || a.status != http.StatusCreated {
			t.Fatalf("on %s: %v %v", bus, a, err)
		}
		id, _ := a.value(t)["id"].(string)
		acked[id] = true
		s.settle(t, 1, acked).mustBeWhole(t, "nothing, on "+bus)
		s.stop(t)
		swaps++
	}
	for from := range places {
		for to := range places {
			if from < to { // and back, with the next pair
				on(from)
				on(to)
				on(from)
			}
		}
	}
	fmt.Printf("swapped between %d buses %d times: nothing lost\n", len(places), swaps-1)
}

// events waits until the bus has everything and so many events were handled, and returns
// the topics of all that were, in the order of their identifiers.
func (s *service) events(t *testing.T, n int) (topics []string) {
	t.Helper()
	s.awaitDelivery(t)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // the interval of polling a process
		handled := map[string]string{} // the topics, by key: an event may be handled again
		for line := range strings.Lines(s.output.String()) {
			if event := handledEvent.FindStringSubmatch(line); event != nil {
				handled[event[2]] = event[1]
			}
		}
		if len(handled) >= n || time.Now().After(deadline) {
			for _, key := range slices.Sorted(maps.Keys(handled)) {
				topics = append(topics, handled[key])
			}
			return topics
		}
	}
}

var handledEvent = regexp.MustCompile(`msg=event topic=(\S+) .*key=(\S+)`)

// replay sends the requests and returns their answers, with identifiers, times
// and cursors replaced by what is the same each time.
func (s *service) replay(t *testing.T, requests []exchange) []string {
	t.Helper()
	var answers, ids []string
	var known nameBook
	for _, r := range requests {
		fill := func(text string) string {
			for i, id := range ids {
				text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i+1), id)
			}
			return text
		}
		a, err := s.send(t.Context(), r.method, fill(r.path), r.body, r.header...)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if a.status == http.StatusCreated {
			id, _ = a.value(t)["id"].(string)
		}
		ids = append(ids, id)
		answers = append(answers, known.replace(fmt.Sprintf("%s %s %s\n%s", r.method, r.path, r.body, a)))
	}
	return answers
}

// String returns the status, the header and the body.
func (a answer) String() string {
	lines := []string{fmt.Sprint(a.status)}
	for name, values := range a.header {
		if name != "Date" && name != "X-Request-Id" && name != "Content-Length" { // the length is that of the body
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n") + "\n\n" + string(a.body)
}

var (
	anyID     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyTime   = regexp.MustCompile(`"(created_at|updated_at)":"[^"]*"`)
	anyCursor = regexp.MustCompile(`"next":"[^"]*"`)
	anyTag    = regexp.MustCompile(`(Etag: "\d+)-[0-9a-f]+"`) // has the checksum of the body, with the times in it
	anyTrace  = regexp.MustCompile(`"(instance|request_id)":"[^"]*"`)
)

// nameBook gives identifiers names, in the order in which they are met.
type nameBook struct{ ids []string }

func (k *nameBook) replace(text string) string {
	text = anyID.ReplaceAllStringFunc(text, func(id string) string {
		if !slices.Contains(k.ids, id) {
			k.ids = append(k.ids, id)
		}
		return fmt.Sprintf("id-%d", slices.Index(k.ids, id)+1)
	})
	text = anyTime.ReplaceAllString(text, `"$1":"…"`)
	text = anyTag.ReplaceAllString(text, `$1-…"`)
	text = anyTrace.ReplaceAllString(text, `"$1":"…"`)
	return anyCursor.ReplaceAllString(text, `"next":"…"`)
}

func differences(a, b []string) []string {
	if len(a) != len(b) {
		return []string{fmt.Sprintf("%d answers and events before the swap, and %d after", len(a), len(b))}
	}
	var diff []string
	for i := range a {
		if a[i] != b[i] {
			diff = append(diff, "before the swap\n"+a[i]+"\nand after\n"+b[i])
		}
	}
	return diff
}
