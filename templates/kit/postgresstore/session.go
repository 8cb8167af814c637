package postgresstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// valueSettings are those on which depends what values are written and read as. They are
// set for each session: a database or a role may have others.
var valueSettings = map[string]string{
	"TimeZone":  "UTC", // times are read back as they were given
	"DateStyle": "ISO, MDY", "IntervalStyle": "postgres", "extra_float_digits": "3", "bytea_output": "hex",
	"standard_conforming_strings": "on", "array_nulls": "on", "transform_null_equals": "off",
}

// begin sets the settings of a new connection, and returns why it cannot be used, or nil.
// Parameters of the start would be refused or ignored by poolers.
func (c *serverConn) begin(ctx context.Context, settings map[string]string) error {
	var set strings.Builder
	for name, value := range settings {
		set.WriteString("SET " + name + " = " + pq.QuoteLiteral(value) + ";")
	}
	if _, err := c.pqConn.ExecContext(ctx, set.String(), nil); err != nil {
		return err
	}
	rows, err := c.pqConn.QueryContext(ctx,
		`SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', current_setting('server_encoding')`, nil)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // the error of Next is told
	row := make([]driver.Value, 3)
	if err := rows.Next(row); err != nil {
		return err
	}
	_, reads := settings[readOnly]
	switch encoding := fmt.Sprint(row[2]); {
	case row[0] == true:
		return kit.Errorf(kit.Unavailable, "the server is a read-only standby")
	case row[1] == true && !reads:
		return kit.Errorf(kit.Unavailable, "the server is read-only: %s is on", readOnly)
	case encoding != "UTF8":
		return kit.Errorf(kit.Invalid, "its encoding is %s, which cannot hold every text: make one with ENCODING 'UTF8'", encoding)
	}
	return nil
}

const readOnly = "default_transaction_read_only"

// checkSessions makes sure that a connection is one session of the server: a pooler may
// give each transaction another one, without the settings and prepared statements.
func checkSessions(ctx context.Context, from *sql.DB, self kit.UUID) error {
	conn, err := from.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it is closed with its pool
	other, err := from.Conn(ctx)
	if err != nil {
		return err
	}
	defer other.Close() //nolint:errcheck // it is closed with its pool
	var marked, foreign, kept int64
	const isMarked = `SELECT (coalesce(current_setting('kit.session', true), '') = $1)::integer`
	args := []any{self}
	for range 5 { // a pooler may happen to give each what it had
		for _, step := range []struct {
			conn *sql.Conn
			do   work
		}{
			{conn, counting(&marked, `SELECT count(set_config('kit.session', $1, false))`, args)},
			{other, execute("BEGIN")},
			{other, counting(&foreign, isMarked, args)},
			{conn, counting(&kept, isMarked, args)},
			{other, execute("ROLLBACK")},
		} {
			if err := onConn(ctx, step.conn, step.do); err != nil {
				return err
			}
			if foreign == 1 { // also where there is no session left for the next step
				return kit.Errorf(kit.Invalid, sharedSessions)
			}
		}
		if kept == 0 {
			return kit.Errorf(kit.Invalid, sharedSessions)
		}
	}
	return nil
}

// sharedSessions says what is wrong with a pooler that does not keep sessions, and what
// helps.
const sharedSessions = "a pooler shares its sessions among transactions: " +
	"let the DSN lead to the server itself, or to a pool of the mode session"
