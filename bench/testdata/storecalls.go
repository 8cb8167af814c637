// Command storecalls reads orders through the port, one after another, and prints how
// many calls it makes in a second.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"example.com/shop/adapters/jsonwire"
	"example.com/shop/adapters/postgres"
	"example.com/shop/adapters/sqlite"
	"example.com/shop/kit"
	"example.com/shop/kit/postgresstore"
	"example.com/shop/kit/sqlitestore"
	"example.com/shop/ports"
)

func main() {
	file := flag.String("sqlite", "", "the file")
	dsn := flag.String("postgres", "", "the database, instead of a file")
	what := flag.String("call", "get", "get, or list of 50")
	rows := flag.Uint("rows", 0, "how many orders there are")
	d := flag.Duration("for", time.Second, "how long")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	store, err := open(ctx, *file, *dsn)
	if err != nil {
		log.Fatal(err)
	}
	call := func(id kit.UUID) error {
		_, err := store.Get(ctx, id)
		return err
	}
	if *what == "list" {
		call = func(id kit.UUID) error {
			_, err := store.List(ctx, kit.Page{After: kit.CursorOf(id), Limit: 50})
			return err
		}
	}
	n, began := 0, time.Now()
	for ; time.Since(began) < *d; n++ {
		if err := call(seedID(rand.Uint32N(uint32(*rows)))); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(float64(n) / time.Since(began).Seconds())
}

func open(ctx context.Context, file, dsn string) (ports.OrderStore, error) {
	if dsn != "" {
		db, err := postgresstore.Open(ctx, postgresstore.Config{DSN: kit.NewSecret(dsn)}, jsonwire.Events{}, postgres.Schema())
		if err != nil {
			return nil, err
		}
		return postgres.NewOrderStore(ctx, db)
	}
	db, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: file}, jsonwire.Events{}, sqlite.Schema())
	if err != nil {
		return nil, err
	}
	return sqlite.NewOrderStore(ctx, db)
}

// seedID returns the identifier of the nth order that is there.
func seedID(n uint32) kit.UUID {
	id := kit.UUID{0: 0x01, 6: 0x70, 8: 0x80, 15: 0x01}
	binary.BigEndian.PutUint32(id[2:], n)
	return id
}
