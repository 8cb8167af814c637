package postgresstore

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// missingText selects what the user may not do with the kit's tables, and must. To lock a
// row, as to pass over those that others delete, is to update it.
const missingText = `SELECT coalesce(string_agg("right" || ' on ' || "table", ', ' ORDER BY "table", "right"), '') FROM (VALUES
	('outbox', '{SELECT,INSERT,DELETE}'::text[]), ('outbox_lease', '{SELECT,UPDATE}'),
	('inbox', '{SELECT,INSERT,UPDATE,DELETE}'), ('idempotency_key', '{SELECT,INSERT,UPDATE,DELETE}'),
	('dead_letter', '{SELECT,INSERT,UPDATE,DELETE}')) AS "needed" ("table", "rights"), unnest("rights") AS "right"
	WHERE NOT has_table_privilege(quote_ident("table"), "right")`

// MayServe returns Invalid if the user may not use the kit's tables as serving does. What is
// needed of others is found when their statements are prepared.
func (db *DB) MayServe(ctx context.Context) error {
	var missing string
	_, err := db.Statement(missingText).Row(ctx, func(row Scanner) error { return row.Scan(&missing) })
	if err == nil && missing != "" {
		err = db.withRight(ctx, &pq.Error{Code: pqerror.InsufficientPrivilege, Message: "what is missing: " + missing})
	}
	return err
}

// withRight returns an error that says what to do in place of one of the server that the
// user may not do something.
func (db *DB) withRight(ctx context.Context, refused error) error {
	if pq.As(refused, pqerror.InsufficientPrivilege) == nil {
		return refused
	}
	p, err := db.place(ctx)
	if err != nil {
		return err
	}
	return kit.Wrap(kit.Invalid, pq.As(refused), fmt.Sprintf("the user %[1]s may not use all tables and sequences in the schema %[2]s of the database %[3]s: "+
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %[2]s TO %[1]s; GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA %[2]s TO %[1]s; or change the user of store.postgres.dsn",
		pq.QuoteIdentifier(p.user), pq.QuoteIdentifier(p.schema), db.server))
}

// permitted returns why the user may not run a statement, or nil: to explain one looks at
// the rights, and changes nothing. What cannot be explained is permitted.
func (c *serverConn) permitted(ctx context.Context, text string) error {
	stmt, err := c.PrepareContext(ctx, "EXPLAIN "+text)
	if err != nil {
		return nil // it is no query
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
