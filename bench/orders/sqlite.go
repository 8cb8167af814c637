package orders

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/mattn/go-sqlite3"
)

// OpenSQLite opens the file, which is made if there is none: one connection for
// changes and some for reads, as a project of the kit has them.
func OpenSQLite(ctx context.Context, path string, outbox bool) (*Store, error) {
	const options = "?_busy_timeout=5000&_foreign_keys=true&_mutex=no"
	write, err := sql.Open("sqlite3", "file:"+path+options+"&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_cache_size=-32768")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if _, err := write.ExecContext(ctx, sqliteTables); err != nil {
		return nil, err
	}
	read := sql.OpenDB(readers{"file:" + path + options + "&mode=ro&_query_only=true"})
	n := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(n)
	read.SetMaxIdleConns(n)
	s := &Store{read: read, write: write, outbox: outbox, dialect: dialect{
		id:   func(id uuid.UUID) any { return id[:] },
		time: func(t time.Time) any { return t.UnixMicro() },
		scan: func(t *time.Time) any { return (*micros)(t) },
	}}
	return s, s.prepare(ctx)
}

// readers opens connections that have much of the file mapped.
type readers struct{ name string }

func (readers) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (r readers) Connect(context.Context) (driver.Conn, error) {
	hook := func(c *sqlite3.SQLiteConn) error {
		_, err := c.Exec("PRAGMA mmap_size = 1073741824", nil)
		return err
	}
	return (&sqlite3.SQLiteDriver{ConnectHook: hook}).Open(r.name)
}

// micros is a time that is kept as microseconds since 1970.
type micros time.Time

// Scan reads microseconds.
func (m *micros) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T", src)
	}
	*m = micros(time.UnixMicro(n).UTC())
	return nil
}

// sqliteTables are those of a project of the kit, as far as they are used.
const sqliteTables = `
CREATE TABLE IF NOT EXISTS "outbox" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT,
    "id" BLOB NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "group" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    "payload" BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS "orders" (
    "id" BLOB NOT NULL PRIMARY KEY,
    "customer" TEXT NOT NULL,
    "total" INTEGER NOT NULL,
    "notes" TEXT,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS "orders_by_customer" ON "orders" ("customer", "id");`
