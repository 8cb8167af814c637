package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

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
	// Migrate brings the tables up to date. Migrations returns those that there are,
	// and why the tables are not this service's; CanMigrate why it may not make any, and
	// MayServe why it may not use those that there are. Rehearse returns why Migrate would
	// fail, and whether it could be tried to the end: where nobody sees it, leaving nothing.
	Migrate(ctx context.Context) error
	Migrations(ctx context.Context) ([]kit.Migration, error)
	CanMigrate(ctx context.Context) error
	MayServe(ctx context.Context) error
	Rehearse(ctx context.Context) (tried bool, err error)
	Close() error
}

// StoreSpec tells how to open the store that is configured.
type StoreSpec struct {
	Adapter string // such as sqlite
	Key     string // the key that says where it is, such as store.sqlite.path
	Migrate bool   // bring the tables up to date when the service starts

	// Open opens it for the process that serves, OpenBeside for a command that may run
	// at the same time, and Look for one that changes nothing. The latter two create
	// nothing: they return NotFound for a store that does not exist and that Open creates.
	Open, OpenBeside, Look func(context.Context) (Database, error)

	// Backup writes a copy to a file while the service may be running, and Restore puts
	// one in the place of the store; it returns where what was there before is kept. Both
	// are nil for a store whose server has tools of its own for it.
	Backup  func(ctx context.Context, to string) error
	Restore func(ctx context.Context, from string) (before string, err error)
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

// blameMigrations blames the store for what a migration finds in its tables, which is as
// wrong wherever the store is: no key is to be changed.
func (s StoreSpec) blameMigrations(err error) error {
	if code := kit.CodeOf(err); code == kit.Conflict || code == kit.Internal {
		return blame("the "+s.name(), "", err)
	}
	return s.blame(err)
}

// open opens the store and returns its migrations. It changes nothing yet: whatever the
// service would find wrong with the store, each command does.
func (s StoreSpec) open(ctx context.Context, as role) (db Database, all migrations, err error) {
	open := map[role]func(context.Context) (Database, error){server: s.Open, beside: s.OpenBeside, looking: s.Look}[as]
	if db, err = open(ctx); err != nil {
		return nil, nil, s.blame(err)
	}
	all, err = db.Migrations(ctx)
	if err == nil && s.Migrate && all.pending() > 0 {
		err = db.CanMigrate(ctx)
	}
	if err != nil {
		return nil, nil, s.blame(errors.Join(err, db.Close()))
	}
	return db, all, nil
}

// provide opens the store and brings its tables up to date, or fails if they are
// not and it may not. The store is closed after everything that uses it has
// stopped.
func (s StoreSpec) provide(ctx context.Context, life fx.Lifecycle, as role, log *slog.Logger) (Database, error) {
	db, all, err := s.open(ctx, as)
	if names := all.unknown(); as == server && names != nil {
		log.WarnContext(ctx, "another version of the service has applied migrations that this one does not know", "migrations", names)
	}
	switch {
	case err != nil:
		return nil, err
	case all.pending() == 0:
	case as == server && s.Migrate:
		err = s.blameMigrations(db.Migrate(ctx))
	default:
		err = s.behind(all.pending())
	}
	if err == nil && as == server {
		err = s.blame(db.MayServe(ctx))
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

// try tries the store and creates nothing: whoever runs the check may be another
// user than the service, which could not write to it then. It reports whether the
// tables are up to date.
func (s StoreSpec) try(ctx context.Context) (found string, current bool, err error) {
	db, all, err := s.open(ctx, looking)
	if e, ok := errors.AsType[*kit.Error](err); ok && e.Code == kit.NotFound {
		return e.Message, false, nil // the service creates it
	}
	if err != nil {
		return "", false, err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	pending := all.pending()
	switch {
	case pending > 0 && !s.Migrate:
		return "", false, s.behind(pending)
	case pending > 0:
		tried, err := db.Rehearse(ctx)
		if err != nil {
			return "", false, s.blameMigrations(err)
		}
		how := map[bool]string{true: "which would succeed", false: "which could not be tried"}[tried]
		return fmt.Sprintf("%s answers; %s to be applied when the service starts, %s", db, migrationsHave(pending), how), false, nil
	}
	if err := db.MayServe(ctx); err != nil {
		return "", false, s.blame(err)
	}
	found = db.String() + " answers and is up to date"
	if names := all.unknown(); names != nil {
		found += "; another version has applied " + strings.Join(names, ", ")
	}
	return found, true, nil
}

// UnknownAdapter is an error for an adapter of a port that the service does not have.
func UnknownAdapter(port, name string) fx.Option {
	return fx.Error(blame("the "+port, port+".adapter", kit.Errorf(kit.Invalid, "there is no adapter %q", name)))
}
