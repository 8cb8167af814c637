// Package sqlitestore keeps everything in one SQLite file, for one machine.
//
// All changes go through one connection, and those that are made at the same
// time are committed together: one flush to the disk serves them all. Reads
// have connections of their own and never wait for a change.
package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"slices"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Config says where the file is.
type Config struct {
	Path    string // of the file; its folder is made if there is none
	Readers int    // how many reads may run at once; 0 is 4, or the number of processors if that is more

	// TransactionTimeout is how long a transaction may keep others from making changes,
	// before it is rolled back; 0 is 10 seconds.
	TransactionTimeout time.Duration
}

// DB is an open database. It is a Transactor, an Emitter, an Outbox, an Inbox,
// a DeadLetterQueue and an Idempotency of package kit. All methods may be
// called concurrently.
type DB struct {
	*records
	*preparer

	given   string // the path as it was given
	path    string // without symbolic links
	codec   kit.EventCodec
	as      role
	timeout time.Duration // Config.TransactionTimeout

	migrations sqlstore.Migrations

	closers  []io.Closer // in the order of opening
	write    *writer
	read     *sql.DB
	inFlight sqlstore.Calls
	counter  sqlstore.Counter
	claims   claims
	wake     chan struct{}
}

// records has the methods of DB for what is kept beside entities and the outbox.
type records = sqlstore.Records

// lagText selects how far behind the relay is. Of many messages it reads the first and the
// last instead of counting them all.
const lagText = `SELECT
	CASE WHEN "n" <= 10000 THEN "n" ELSE (SELECT max("seq") FROM "outbox") - (SELECT min("seq") FROM "outbox") + 1 END,
	(SELECT "time" FROM "outbox" ORDER BY "seq" LIMIT 1)
	FROM (SELECT count(*) AS "n" FROM (SELECT 1 FROM "outbox" LIMIT 10001))`

// Open opens the database for the process that serves it, and makes the file if
// there is none, readable by its owner only. It does not migrate. One process
// serves a file at a time: while another does, Unavailable is returned, and so
// it is where the file cannot be opened.
func Open(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema) (*DB, error) {
	return openDB(ctx, c, codec, schema, serving)
}

// OpenBeside opens the database for a command that may run while a process
// serves it, such as one that replays dead letters. It cannot claim messages.
// It makes nothing: if there is no file, NotFound is returned.
func OpenBeside(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema) (*DB, error) {
	if err := c.missing(); err != nil {
		return nil, err
	}
	return openDB(ctx, c, codec, schema, beside)
}

// role is what the database is opened for.
type role int

const (
	serving role = iota
	beside       // a process that may serve it
	looking      // and changing nothing
)

func openDB(ctx context.Context, c Config, codec kit.EventCodec, schema kit.Schema, as role) (*DB, error) {
	if c.Path == "" {
		return nil, kit.Errorf(kit.Invalid, "the path of the database is empty")
	}
	path, err := realPath(c.Path)
	if err != nil {
		return nil, cannotOpen(c.Path, err)
	}
	migrations, err := sqlstore.NewMigrations(kitMigrations, schema)
	if err != nil {
		return nil, err
	}
	db := &DB{
		given: c.Path, path: path, codec: codec, as: as, migrations: migrations,
		timeout: cmp.Or(c.TransactionTimeout, 10*time.Second),
		claims:  claims{of: map[kit.UUID]claim{}},
		wake:    make(chan struct{}, 1),
	}
	db.preparer = sqlstore.NewPreparer(runner{db})
	db.records = sqlstore.NewRecords(db.Statement, "", db.Statement(lagText))
	if err := db.connect(ctx, c.Readers); err != nil {
		_ = db.Close() // what could be opened; the reason is err
		return nil, err
	}
	return db, nil
}

// connect opens the lock, the writer and the readers, in this order: a reader
// can open the file only once the writer has made it ready.
func (db *DB) connect(ctx context.Context, readers int) (err error) {
	if err := lost(db.path); err != nil {
		return err
	}
	write, read := writeOptions, readOptions
	if db.as == looking {
		write = lookOptions(db.path)
		read = write
	} else if err := makeFile(db.path); err != nil {
		return cannotOpen(db.path, err)
	}
	files := identities{db.path: nil, db.path + "-wal": nil}
	if db.as == serving {
		if err := db.lock(ctx); err != nil {
			return err
		}
		files[db.lockPath()] = nil
	}
	if db.write, err = openWriter(ctx, db.path, write, files); err != nil {
		return cannotOpen(db.path, err)
	}
	db.closers = append(db.closers, db.write)
	if readers <= 0 {
		readers = max(4, runtime.GOMAXPROCS(0))
	}
	if db.read, err = open(db.path, read, readers); err != nil {
		return cannotOpen(db.path, err)
	}
	db.closers = append(db.closers, db.read)
	return nil
}

// What connections are asked for.
const (
	options = "_foreign_keys=true" +
		"&_mutex=no" + // one goroutine at a time uses a connection
		"&_stmt_cache_size=256" // how many prepared statements a connection keeps
	patient = options + "&_busy_timeout=5000" // milliseconds to wait for other processes

	lockOptions  = options + "&_busy_timeout=0"
	readOptions  = patient + "&mode=ro"
	writeOptions = patient + "&_journal_mode=WAL&_txlock=immediate" +
		"&_synchronous=FULL" + // a commit that was answered survives a power cut
		"&_cache_size=-32768" // KiB at most, which are kept from one change to the next
)

// open returns a handle of so many connections.
func open(path, options string, connections int) (*sql.DB, error) {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options}
	h, err := sql.Open("sqlite3", name.String())
	if err == nil {
		h.SetMaxOpenConns(connections)
		h.SetMaxIdleConns(connections)
	}
	return h, err
}

// String returns the path of the file.
func (db *DB) String() string { return db.given }

// Counter counts what the database does by itself.
func (db *DB) Counter() *sqlstore.Counter { return &db.counter }

// Close waits for changes and reads under way and closes the file. Later calls
// of any method return Unavailable; Close may be called again.
func (db *DB) Close() error {
	db.inFlight.Close()
	var errs []error
	for _, c := range slices.Backward(db.closers) {
		errs = append(errs, c.Close())
	}
	return withCode(errors.Join(errs...))
}

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

func (db *DB) lockPath() string { return db.path + ".lock" }

// lock keeps other processes from serving the same file. It is held by a
// transaction on a file of its own beside the database, since SQLite knows how
// to lock on every system; it ends with the process, however that ends.
func (db *DB) lock(ctx context.Context) error {
	path := db.lockPath()
	if err := makeFile(path); err != nil {
		return cannotOpen(path, err)
	}
	h, err := open(path, lockOptions, 1)
	if err == nil {
		db.closers = append(db.closers, h)
		_, err = h.ExecContext(ctx, "BEGIN EXCLUSIVE") // in the one connection of the handle, which keeps it
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok && e.Code == sqlite3.ErrBusy {
		return kit.Errorf(kit.Unavailable, "another process is using the database %s", db.path)
	}
	if err != nil {
		return cannotOpen(path, err)
	}
	return nil
}
