package sqlitestore

import (
	"context"
	"fmt"
)

// Ping returns nil if the database takes changes, otherwise Unavailable with the cause: the
// file may be locked, or its disk full. It writes the number that the file's user_version
// is, which changes nothing.
func (db *DB) Ping(ctx context.Context) error {
	return db.Within(ctx, func(ctx context.Context) error {
		var version int64
		_, err := db.Statement("PRAGMA user_version").Row(ctx, func(row Scanner) error { return row.Scan(&version) })
		if err != nil {
			return err
		}
		_, err = db.Statement(fmt.Sprintf("PRAGMA user_version = %d", version)).Exec(ctx)
		return err
	})
}
