package orders

import (
	"context"
	"database/sql"
	"encoding/binary"

	"github.com/google/uuid"
)

// SeedID returns the identifier of the nth order that is there from the beginning.
// All of them are older than those that are made later.
func SeedID(n uint32) uuid.UUID {
	id := uuid.UUID{0: 0x01, 6: 0x70, 8: 0x80, 15: 0x01}
	binary.BigEndian.PutUint32(id[2:], n)
	return id
}

// SeedSQLite puts so many orders into the tables of the file, which are there.
func SeedSQLite(ctx context.Context, path string, n int) error {
	return seed(ctx, "sqlite3", "file:"+path+"?_busy_timeout=5000&_txlock=immediate", `
		WITH RECURSIVE "n" ("i") AS (SELECT 0 UNION ALL SELECT "i" + 1 FROM "n" WHERE "i" + 1 < $1)
		INSERT INTO "orders" SELECT unhex(printf('0100%08x70008000000000000001', "i")), 'customer ' || ("i" % 1000),
			"i", 'some notes about it', 'paid', 1, 1750000000000000 + "i", 1750000000000000 + "i" FROM "n"`, n)
}

// SeedPostgres puts so many orders into the tables of the database, which are there.
func SeedPostgres(ctx context.Context, dsn string, n int) error {
	err := seed(ctx, "postgres", dsn, `
		INSERT INTO "orders" SELECT ('0100' || lpad(to_hex("i"), 8, '0') || '70008000000000000001')::uuid, 'customer ' || ("i" % 1000),
			"i", 'some notes about it', 'paid', 1, t, t
		FROM generate_series(0, $1::bigint - 1) AS "i", to_timestamp(1750000000 + "i") AS t`, n)
	if err != nil {
		return err
	}
	return seed(ctx, "postgres", dsn, "VACUUM ANALYZE \"orders\"")
}

func seed(ctx context.Context, driver, dsn, text string, args ...any) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the statement has succeeded or failed before
	_, err = db.ExecContext(ctx, text, args...)
	return err
}
