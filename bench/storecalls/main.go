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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	store, err := open(ctx, *sqlite, *dsn)
	if err != nil {
		log.Fatal(err)
	}
	call := func(id uuid.UUID) error {
		_, err := store.Get(ctx, id)
		return err
	}
	if *what == "list" {
		call = func(id uuid.UUID) error {
			_, err := store.List(ctx, id, 50)
			return err
		}
	}
	n, began := 0, time.Now()
	for ; time.Since(began) < *d; n++ {
		if err := call(orders.SeedID(rand.Uint32N(uint32(*rows)))); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(float64(n) / time.Since(began).Seconds())
}

func open(ctx context.Context, sqlite, dsn string) (*orders.Store, error) {
	if dsn != "" {
		return orders.OpenPostgres(ctx, dsn, false)
	}
	return orders.OpenSQLite(ctx, sqlite, false)
}
