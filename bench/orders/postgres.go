package orders

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"
	_ "github.com/lib/pq" // the driver
)

// connections are as many as a project of the kit has for changes and reads together.
const connections = 20

// OpenPostgres opens the database, and makes its tables if there are none.
func OpenPostgres(ctx context.Context, dsn string, outbox bool) (*Store, error) {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if _, err := db.ExecContext(ctx, postgresTables); err != nil {
		return nil, err
	}
	s := &Store{read: db, write: db, outbox: outbox, dialect: dialect{
		id:   func(id uuid.UUID) any { return id },
		time: func(t time.Time) any { return t },
		scan: func(t *time.Time) any { return (*utc)(t) },
	}}
	return s, s.prepare(ctx)
}

// utc is a time that is told in UTC, whatever the server's zone.
type utc time.Time

// Scan reads a time.
func (u *utc) Scan(src any) error {
	var t sql.NullTime
	err := t.Scan(src)
	*u = utc(t.Time.UTC())
	return err
}

// postgresTables are those of a project of the kit, as far as they are used.
const postgresTables = `
CREATE TABLE IF NOT EXISTS "outbox" (
    "seq" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "id" uuid NOT NULL,
    "topic" text NOT NULL,
    "key" text NOT NULL,
    "group" text NOT NULL,
    "time" timestamptz NOT NULL,
    "payload" bytea NOT NULL,
    "claimed_by" uuid,
    "claimed_until" timestamptz
);
CREATE INDEX IF NOT EXISTS "outbox_id" ON "outbox" ("id");
CREATE INDEX IF NOT EXISTS "outbox_claimed" ON "outbox" ("key") WHERE "claimed_until" IS NOT NULL;
CREATE TABLE IF NOT EXISTS "orders" (
    "id" uuid NOT NULL PRIMARY KEY,
    "customer" text NOT NULL,
    "total" bigint NOT NULL,
    "notes" text,
    "status" text NOT NULL,
    "version" bigint NOT NULL,
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS "orders_by_customer" ON "orders" (left("customer", 500), "id");`
