package postgresstore

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// missingText selects what the user may not do with the kit's tables, and must. To lock a
// row, as to pass over those that others delete, is to update it.
const missingText = `SELECT coalesce(string_agg("right" || ' on ' || "table", ', ' ORDER BY "table", "right"), '') FROM (VALUES
	('outbox', '{SELECT,INSERT,DELETE}'::text[]), ('outbox_lease', '{SELECT,UPDATE}'),
	('inbox', '{SELECT,INSERT,UPDATE,DELETE}'), ('idempotency_key', '{SELECT,INSERT,UPDATE,DELETE}'),
	('dead_letter', '{SELECT,INSERT,UPDATE,DELETE}')) AS "needed" ("table", "rights"), unnest("rights") AS "right"
	WHERE NOT has_table_privilege(quote_ident("table"), "right")`

// MayServe returns a sqlstore.RightError if the user may not use the kit's tables as
// serving does. What is needed of others is found when their statements are prepared.
func (db *DB) MayServe(ctx context.Context) error {
	var missing string
	_, err := db.Statement(missingText).Row(ctx, func(row Scanner) error { return row.Scan(&missing) })
	if err == nil && missing != "" {
		err = db.noRight(ctx, kit.Errorf(kit.Invalid, "what is missing: %s", missing))
	}
	return err
}

// withRight returns a sqlstore.RightError in place of one of the server that the user may
// not do something.
func (db *DB) withRight(ctx context.Context, err error) error {
	if pq.As(err, pqerror.InsufficientPrivilege) == nil {
		return err
	}
	return db.noRight(ctx, pq.As(err))
}

func (db *DB) noRight(ctx context.Context, cause error) error {
	p, err := db.place(ctx)
	if err != nil {
		return err
	}
	schema, user := pq.QuoteIdentifier(p.schema), pq.QuoteIdentifier(p.user)
	return sqlstore.NoRight(cause, fmt.Sprintf("the user %s may not use all tables in the schema %s of the database %s: "+
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %[2]s TO %[1]s", user, schema, db.server))
}

// permitted returns why the user may not run a statement, or nil: to explain one looks at
// the rights, and changes nothing. What cannot be explained is permitted.
func (c *serverConn) permitted(ctx context.Context, text string) error {
	stmt, err := c.PrepareContext(ctx, "EXPLAIN "+text)
	if err != nil {
		return nil //nolint:nilerr // it is no query
	}
	defer stmt.Close() //nolint:errcheck // the connection notes what is wrong with it
	args := make([]driver.NamedValue, stmt.NumInput())
	for n := range args {
		args[n].Ordinal = n + 1
	}
	rows, err := stmt.(pqStmt).QueryContext(ctx, args)
	if err == nil {
		return rows.Close()
	}
	if pq.As(err, pqerror.InsufficientPrivilege) == nil {
		return nil
	}
	return err
}
