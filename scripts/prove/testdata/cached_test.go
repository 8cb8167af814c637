package cached_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"example.com/shop/adapters/cached"
	"example.com/shop/adapters/memory"
	"example.com/shop/adapters/postgres"
	"example.com/shop/adapters/sqlite"
	"example.com/shop/kit"
	"example.com/shop/kit/cache"
	"example.com/shop/kit/cachedstore"
	"example.com/shop/kit/memorycache"
	"example.com/shop/kit/memorystore"
	"example.com/shop/kit/postgresstore"
	"example.com/shop/kit/sqlitestore"
	"example.com/shop/kit/storetest"
	"example.com/shop/kit/testserver"
	"example.com/shop/ports"
	"example.com/shop/ports/suite"
)

// codec knows the event of cached stores, and what another one does.
type codec struct{ kit.EventCodec }

func (c codec) Encode(e kit.Event) ([]byte, error) {
	if changed, ok := e.(cachedstore.Changed); ok {
		return cachedstore.AppendChanged(nil, changed), nil
	}
	return c.EventCodec.Encode(e)
}

// database is what a store is in, without the events of cached stores.
type database struct {
	*cachedstore.Cache

	storetest.Outbox
}

func (d database) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	const all = 1000
	claimed, err := d.Outbox.Claim(ctx, all, lease)
	claimed = slices.DeleteFunc(claimed, func(m kit.Message) bool { return m.Topic == cachedstore.Topic })
	return claimed[:min(limit, len(claimed))], err
}

// behind puts a cache in front of a store. All that is read can be kept in it.
func behind(t *testing.T, store ports.OrderStore, db interface {
	cachedstore.Database
	storetest.Outbox
},
) (ports.OrderStore, storetest.Database) {
	t.Helper()
	driver, err := memorycache.New(memorycache.Config{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(failing{t}, nil))
	values := cache.New(cache.Config{MaxValue: 1 << 20, Absent: time.Hour}, driver, log)
	t.Cleanup(func() { _ = values.Close() })
	c := cachedstore.New(values, db, log)
	return cached.NewOrderStore(store, c, time.Hour), database{c, db}
}

// failing fails a test in which something is logged.
type failing struct{ t *testing.T }

func (f failing) Write(line []byte) (int, error) {
	f.t.Errorf("it was logged: %s", line)
	return len(line), nil
}

// sqldb is a database with migrations.
type sqldb interface {
	Migrate(ctx context.Context) error
	Close() error
}

func migrated[DB sqldb](t *testing.T, db DB, err error) DB {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func Test_memory(t *testing.T) {
	suite.OrderStore(t, func(t *testing.T, c kit.EventCodec) (ports.OrderStore, storetest.Database) {
		db := memorystore.New(codec{c})
		return behind(t, memory.NewOrderStore(db), db)
	})
}

func Test_sqlite(t *testing.T) {
	suite.OrderStore(t, func(t *testing.T, c kit.EventCodec) (ports.OrderStore, storetest.Database) {
		opened, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "test.db")}, codec{c}, sqlite.Schema())
		db := migrated(t, opened, err)
		store, err := sqlite.NewOrderStore(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return behind(t, store, db)
	})
}

func Test_postgres(t *testing.T) {
	suite.OrderStore(t, func(t *testing.T, c kit.EventCodec) (ports.OrderStore, storetest.Database) {
		opened, err := postgresstore.Open(t.Context(), postgresstore.Config{DSN: kit.NewSecret(testserver.Postgres(t))}, codec{c}, postgres.Schema())
		db := migrated(t, opened, err)
		store, err := postgres.NewOrderStore(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return behind(t, store, db)
	})
}
