// Command storecalls reads orders by statements that are written by hand, one after
// another, and prints how many calls it makes in a second.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/outgrowkit/outgrow/bench/orders"
)

func main() {
	sqlite := flag.String("sqlite", "", "the file")
	dsn := flag.String("postgres", "", "the database, instead of a file")
	what := flag.String("call", "get", "get, or list of 50")
	rows := flag.Uint("rows", 0, "how many orders there are")
	d := flag.Duration("for", time.Second, "how long")
	flag.Parse()
	rate, err := measure(*sqlite, *dsn, *what, uint32(*rows), *d)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rate)
}

// measure returns how many calls a second the store answers, one after the other.
func measure(sqlite, dsn, what string, rows uint32, d time.Duration) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	store, err := open(ctx, sqlite, dsn)
	if err != nil {
		return 0, err
	}
	call := func(id uuid.UUID) error {
		_, err := store.Get(ctx, id)
		return err
	}
	if what == "list" {
		call = func(id uuid.UUID) error {
			_, err := store.List(ctx, id, 50)
			return err
		}
	}
	n, began := 0, time.Now()
	for ; time.Since(began) < d; n++ {
		if err := call(orders.SeedID(rand.Uint32N(rows))); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

func open(ctx context.Context, sqlite, dsn string) (*orders.Store, error) {
	if dsn != "" {
		return orders.OpenPostgres(ctx, dsn, false)
	}
	return orders.OpenSQLite(ctx, sqlite, false)
}
