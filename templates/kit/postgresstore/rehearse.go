package postgresstore

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Rehearse returns why Migrate would fail. It tries it in one transaction, which it rolls
// back: until then others wait for the tables that it changes. Where that takes longer than
// a statement may, or a migration must not be in a transaction, it was not tried to the end.
func (db *DB) Rehearse(ctx context.Context) (tried bool, err error) {
	connector := &connector{
		server: db.server, timeout: db.server.StatementTimeout + answerMargin,
		settings: map[string]string{"lock_timeout": millis(answerMargin)},
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return false, db.server.cannotConnect(err)
	}
	r := rehearsal{conn.(*serverConn)}
	defer r.serverConn.Close() //nolint:errcheck // it rolls back
	if err = r.do(ctx, "BEGIN"); err == nil {
		h := sql.OpenDB(r)
		h.SetMaxOpenConns(1)
		defer h.Close() //nolint:errcheck // the connection is closed above
		err = db.migrations.Apply(ctx, goose.DialectPostgres, h)
	}
	code := kit.CodeOf(withContext(ctx, err))
	if err == nil || code == kit.Unavailable || pq.As(err, pqerror.ActiveSQLTransaction) != nil {
		return err == nil, nil
	}
	return false, kit.Wrap(code, err, "the database "+db.server.String()+" cannot be migrated")
}

// rehearsal is a connection in a transaction, in which transactions are savepoints.
type rehearsal struct{ *serverConn }

// Connect returns the connection.
func (r rehearsal) Connect(context.Context) (driver.Conn, error) { return r, nil }

// Driver returns the driver.
func (rehearsal) Driver() driver.Driver { return &pq.Driver{} }

// Begin begins a savepoint.
func (r rehearsal) Begin() (driver.Tx, error) {
	return r, r.do(context.Background(), "SAVEPOINT rehearsal")
}

// Commit keeps the savepoint's changes in the transaction.
func (r rehearsal) Commit() error { return r.do(context.Background(), "RELEASE rehearsal") }

// Rollback undoes them.
func (r rehearsal) Rollback() error { return r.do(context.Background(), "ROLLBACK TO rehearsal") }

// Close leaves the connection to who has opened it.
func (rehearsal) Close() error { return nil }

func (r rehearsal) do(ctx context.Context, text string) error {
	_, err := r.ExecContext(ctx, text, nil)
	return err
}
