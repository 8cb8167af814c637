// Package postgresstore keeps everything in a PostgreSQL database, for any number of
// machines.
//
// Nothing waits for ever: connections have deadlines of their own, since the
// driver would wait for a frozen server for as long as TCP does. A change and its
// events are one statement where they can be. A change that may have been committed
// before the connection was lost is never run again.
package postgresstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// DB is an open database. It is a Transactor, an Emitter, an Outbox, an Inbox,
// a DeadLetterQueue and an Idempotency of package kit. All methods may be
// called concurrently.
type DB struct {
	*records
	*preparer

	server *server
	codec  kit.EventCodec
	self   kit.UUID // who claims

	migrations sqlstore.Migrations

	changes  *sql.DB
	shares   chan struct{} // a semaphore: the transactions of subscribers have two thirds of changes
	reads    *sql.DB       // they cannot change anything, so that they may be run again
	relay    *sql.DB       // of the outbox: delivery does not wait for requests
	kit      *statementSet
	wake     chan struct{}
	claims   *claimBook
	inFlight sqlstore.Calls
	counter  sqlstore.Counter

	closing    context.Context // of what is done in the background
	close      context.CancelFunc
	background sync.WaitGroup
}

// Open opens the database. It does not migrate. The errors say what is wrong with
// the server or the DSN, and come within the ConnectTimeout.
func Open(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema) (*DB, error) {
	return open(ctx, c, codec, schema, nil)
}

func open(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema, settings map[string]string) (*DB, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	migrations, err := sqlstore.NewMigrations(kitMigrations, schema)
	if err != nil {
		return nil, err
	}
	db := &DB{
		server: s, codec: codec, self: kit.NewUUID(), migrations: migrations,
		changes: s.pool(s.Connections, settings),
		shares:  make(chan struct{}, max(1, s.Connections*2/3)),
		reads:   s.pool(s.Readers, toRead),
		relay:   s.pool(2, relaySettings),
		claims:  &claimBook{life: leaseLife, turn: make(chan struct{}, 1)},
		wake:    make(chan struct{}, 1),
	}
	db.closing, db.close = context.WithCancel(context.Background())
	db.preparer = sqlstore.NewPreparer(runner{db, db.changes, db.reads})
	db.kit = newStatementSet(db)
	db.records = sqlstore.NewRecords(db.Statement, " FOR UPDATE SKIP LOCKED", db.kit.lag)
	if err := db.checkServer(ctx); err != nil {
		_ = db.Close() // nothing is under way; the reason is err
		return nil, err
	}
	return db, nil
}

var toRead = map[string]string{readOnly: "on"}

// Look opens the database to read only.
func Look(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema) (*DB, error) {
	return open(ctx, c, codec, schema, toRead)
}

// OpenBeside opens the database for a command that may run while processes serve
// it. It is Open: any number of processes may work beside each other.
func OpenBeside(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema) (*DB, error) {
	return Open(ctx, c, codec, schema)
}

// oldestServer is the version from which all that is used here works.
const oldestServer = 120_000

// checkServer opens connections and checks the version of the server, that nothing between
// them and it takes sessions apart, and that changes can be made.
func (db *DB) checkServer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, db.server.ConnectTimeout+answerMargin)
	defer cancel()
	plain := sql.OpenDB(&connector{server: db.server, timeout: db.server.StatementTimeout + answerMargin, plain: true})
	defer plain.Close() //nolint:errcheck // nothing is left in it
	if err := db.server.checkVersion(ctx, plain); err != nil {
		return db.server.cannotConnect(err)
	}
	err := checkSessions(ctx, plain, db.self)
	if err == nil {
		var conn *sql.Conn
		if conn, err = db.changes.Conn(ctx); err == nil { // which is tried when it is opened
			return conn.Close() // it goes back to the pool
		}
	}
	if isTimeout(err) {
		err = kit.Wrap(kit.Unavailable, err, fmt.Sprintf("it answers one connection and not another: it may be stopping, or a pool have too few: the service needs %d"+
			" (store.postgres.connections, store.postgres.readers and 4 more)", db.server.Connections+db.server.Readers+4))
	}
	return db.server.cannotConnect(err)
}

func (s *server) checkVersion(ctx context.Context, from *sql.DB) error {
	conn, err := from.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	var version int64
	err = onConn(ctx, conn, counting(&version, `SELECT current_setting('server_version_num')::bigint`, nil))
	if err != nil {
		return err
	}
	return tooOld(version)
}

func tooOld(version int64) error {
	if version >= oldestServer {
		return nil
	}
	return kit.Errorf(kit.Invalid, "its server is PostgreSQL %d, which is too old: version %d or newer is needed",
		version/10_000, oldestServer/10_000)
}

// String names the server and the database, without user and password.
func (db *DB) String() string { return db.server.String() }

// Counter counts what the database does by itself.
func (db *DB) Counter() *sqlstore.Counter { return &db.counter }

// Close waits for changes and reads under way and closes all connections. Later
// calls of any method return Unavailable; Close may be called again.
func (db *DB) Close() error {
	db.close()
	db.background.Wait()
	db.endLease()
	db.inFlight.Close()
	return withCode(errors.Join(db.reads.Close(), db.changes.Close(), db.relay.Close()))
}

// Ping returns nil if the server takes changes, otherwise Unavailable with the cause: it
// may be a standby, or read-only. It tries a change that affects no row.
func (db *DB) Ping(ctx context.Context) error {
	n, err := db.kit.ping.Apply(ctx)
	if err == nil && n == 0 {
		err = kit.Errorf(kit.Unavailable, "the server of the database %s is a read-only standby", db.server)
	}
	if err == nil {
		_, err = db.Statement(`DELETE FROM "inbox" WHERE false`).Apply(ctx)
	}
	return err
}
