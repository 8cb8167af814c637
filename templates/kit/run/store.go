package run

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Database is what every store of a service can do.
type Database interface {
	kit.Transactor
	kit.Emitter
	kit.Outbox
	kit.Inbox
	kit.DeadLetterQueue
	kit.Idempotency
	fmt.Stringer // where it is, without secrets

	Ping(ctx context.Context) error
	Counter() *sqlstore.Counter
	// Migrate brings the tables up to date. Pending returns how many migrations
	// that would apply.
	Migrate(ctx context.Context) error
	Pending(ctx context.Context) (int, error)
	Close() error
}

// StoreSpec tells how to open the store that is configured.
type StoreSpec struct {
	Adapter string // such as sqlite
	Key     string // the key that says where it is, such as store.sqlite.path
	Migrate bool   // bring the tables up to date when the service starts

	// Open opens it for the process that serves, and OpenBeside for a command
	// that may run at the same time. OpenBeside creates nothing: it returns
	// NotFound for a store that does not exist and that Open creates.
	Open, OpenBeside func(context.Context) (Database, error)
}

// Store provides the store: as a DB, which is what the spec opens, for the stores
// of entities, and as each of the ports in package kit that it serves.
func Store[DB Database](spec StoreSpec) fx.Option {
	return fx.Options(
		fx.Supply(spec),
		fx.Provide(
			fx.Annotate(spec.provide,
				fx.As(fx.Self()), fx.As(new(kit.Transactor)), fx.As(new(kit.Emitter)), fx.As(new(kit.Outbox)),
				fx.As(new(kit.Inbox)), fx.As(new(kit.DeadLetterQueue)), fx.As(new(kit.Idempotency))),
			func(db Database) DB { return db.(DB) },
		),
	)
}

func (s StoreSpec) name() string { return "store (" + s.Adapter + ")" }

func (s StoreSpec) blame(err error) error { return blame("the "+s.name(), s.Key, err) }

// open opens the store and returns how many migrations have not been applied.
func (s StoreSpec) open(ctx context.Context, as role) (db Database, pending int, err error) {
	open := s.OpenBeside
	if as == server {
		open = s.Open
	}
	if db, err = open(ctx); err != nil {
		return nil, 0, s.blame(err)
	}
	if pending, err = db.Pending(ctx); err != nil {
		return nil, 0, s.blame(errors.Join(err, db.Close()))
	}
	return db, pending, nil
}

// provide opens the store and brings its tables up to date, or fails if they are
// not and it may not. The store is closed after everything that uses it has
// stopped.
func (s StoreSpec) provide(ctx context.Context, life fx.Lifecycle, as role) (Database, error) {
	db, pending, err := s.open(ctx, as)
	switch {
	case err != nil:
		return nil, err
	case as == server && s.Migrate:
		err = s.blame(db.Migrate(ctx))
	case pending > 0:
		err = s.behind(pending)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	life.Append(fx.StopHook(db.Close))
	return db, nil
}

// behind is the error for migrations that have not been applied. If the service
// applies them, there is no key to change.
func (s StoreSpec) behind(pending int) error {
	key := "store.migrate"
	if s.Migrate {
		key = ""
	}
	return blame("the "+s.name(), key, kit.Errorf(kit.Unavailable,
		"%s not been applied; the migrate command does it, and the service does when it starts with store.migrate=true",
		migrationsHave(pending)))
}

func migrationsHave(n int) string {
	if n == 1 {
		return "1 migration has"
	}
	return fmt.Sprintf("%d migrations have", n)
}

// try tries the store and creates nothing: whoever runs the check may be another
// user than the service, which could not write to it then.
func (s StoreSpec) try(ctx context.Context) (string, error) {
	db, pending, err := s.open(ctx, beside)
	if e, ok := errors.AsType[*kit.Error](err); ok && e.Code == kit.NotFound {
		return e.Message, nil // the service creates it
	}
	if err != nil {
		return "", err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	switch {
	case pending == 0:
		return db.String() + " answers and is up to date", nil
	case s.Migrate:
		return fmt.Sprintf("%s answers; %s to be applied when the service starts", db, migrationsHave(pending)), nil
	default:
		return "", s.behind(pending)
	}
}

// migrate opens the store, creates it if necessary, and brings it up to date.
func (s StoreSpec) migrate(ctx context.Context) (string, error) {
	db, pending, err := s.open(ctx, server)
	if err != nil {
		return "", err
	}
	if err := errors.Join(db.Migrate(ctx), db.Close()); err != nil {
		return "", s.blame(err)
	}
	if pending == 0 {
		return db.String() + " was up to date", nil
	}
	return fmt.Sprintf("%s: %s been applied", db, migrationsHave(pending)), nil
}

// UnknownAdapter is an error for an adapter of the store or the bus that the
// service does not have.
func UnknownAdapter(port, name string) fx.Option {
	return fx.Error(blame("the "+port, port+".adapter", kit.Errorf(kit.Invalid, "there is no adapter %q", name)))
}
