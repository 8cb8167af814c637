// loader sends requests for orders and prints how they were answered, as JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"time"

	"github.com/outgrowkit/outgrow/bench/load"
	"github.com/outgrowkit/outgrow/bench/orders"
)

// request is what to send.
type request struct {
	rows int // orders that are there
	made int64
}

func main() {
	var p load.Plan
	flag.StringVar(&p.Addr, "addr", "127.0.0.1:8080", "where the service listens")
	flag.IntVar(&p.Connections, "connections", 64, "how many stay open")
	flag.DurationVar(&p.Warm, "warm", 300*time.Millisecond, "before anything is counted")
	flag.DurationVar(&p.Measured, "for", 3*time.Second, "how long to count")
	flag.Float64Var(&p.Rate, "rate", 0, "requests in a second, whether answered or not; 0 is as many as are answered")
	rows := flag.Int("rows", 10_000, "orders that are there from the beginning")
	kind := flag.String("send", "get", "get, post, list or mixed")
	flag.Parse()
	r := &request{rows: *rows}
	next, ok := map[string]func() []byte{"get": r.get, "post": r.post, "list": r.list, "mixed": r.mixed}[*kind]
	if !ok {
		log.Fatalf("-send %s: want get, post, list or mixed", *kind)
	}
	p.Next = next
	report, err := load.Run(p)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		log.Fatal(err)
	}
}

const header = " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: loader\r\nAccept: application/json\r\n"

func (r *request) get() []byte {
	return fmt.Appendf(nil, "GET /orders/%s%s\r\n", orders.SeedID(rand.Uint32N(uint32(r.rows))), header)
}

func (r *request) list() []byte {
	return fmt.Appendf(nil, "GET /orders?limit=50&after=%s%s\r\n", orders.SeedID(rand.Uint32N(uint32(max(1, r.rows-50)))), header)
}

func (r *request) post() []byte {
	r.made++
	body := fmt.Sprintf(`{"customer":"customer %d","total":%d,"notes":"some notes about it","status":"draft"}`, r.made%1000, r.made)
	return fmt.Appendf(nil, "POST /orders%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", header, len(body), body)
}

// mixed is a change among five requests.
func (r *request) mixed() []byte {
	if rand.IntN(5) == 0 {
		return r.post()
	}
	return r.get()
}
