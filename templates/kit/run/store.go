package run

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
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
	// Migrate brings the tables up to date. Pending returns how many migrations
	// that would apply.
	Migrate(ctx context.Context) error
	Pending(ctx context.Context) (int, error)
	Close() error
}

// StoreSpec tells how to open the store that is configured.
type StoreSpec[DB Database] struct {
	Adapter string // such as sqlite
	Key     string // the key that says where it is, such as store.sqlite.path
	Migrate bool   // bring the tables up to date when the service starts

	// Open opens it for the process that serves, and OpenBeside for a command
	// that may run at the same time. OpenBeside creates nothing: it returns
	// NotFound for a store that does not exist and that Open creates.
	Open, OpenBeside func(context.Context, kit.EventCodec) (DB, error)
}

const migrateKey = "store.migrate"

// Store provides the store: as a DB, for the stores of entities, and as each of
// the ports in package kit that it serves.
func Store[DB Database](spec StoreSpec[DB]) fx.Option {
	return fx.Options(
		fx.Supply(fx.Annotate(spec, fx.As(new(configuredStore)))),
		fx.Provide(
			spec.provide,
			fx.Annotate(func(db DB) DB { return db },
				fx.As(new(Database)), fx.As(new(kit.Transactor)), fx.As(new(kit.Emitter)), fx.As(new(kit.Outbox)),
				fx.As(new(kit.Inbox)), fx.As(new(kit.DeadLetterQueue)), fx.As(new(kit.Idempotency))),
		),
	)
}

// configuredStore is a StoreSpec, whatever the type of its database.
type configuredStore interface {
	name() string
	try(context.Context, kit.EventCodec) (found string, err error)
	migrate(context.Context, kit.EventCodec) (done string, err error)
}

func (s StoreSpec[DB]) name() string { return "store (" + s.Adapter + ")" }

func (s StoreSpec[DB]) blame(err error) error { return blame("the "+s.name(), s.Key, err) }

// provide opens the store and brings its tables up to date, or fails if they are
// not and it may not. The store is closed after everything that uses it has
// stopped.
func (s StoreSpec[DB]) provide(ctx context.Context, life fx.Lifecycle, codec kit.EventCodec, as role) (DB, error) {
	open := s.OpenBeside
	if as == server {
		open = s.Open
	}
	db, err := open(ctx, codec)
	if err != nil {
		return db, s.blame(err)
	}
	if as == server && s.Migrate {
		err = db.Migrate(ctx)
	} else {
		err = s.upToDate(ctx, db)
	}
	if err != nil {
		return db, s.blame(errors.Join(err, db.Close()))
	}
	life.Append(fx.StopHook(func() error { return db.Close() }))
	return db, nil
}

func (s StoreSpec[DB]) upToDate(ctx context.Context, db DB) error {
	pending, err := db.Pending(ctx)
	if err == nil && pending > 0 {
		err = s.behind(pending)
	}
	return err
}

// behind is the error for migrations that have not been applied. If the service
// applies them, there is no key to change.
func (s StoreSpec[DB]) behind(pending int) error {
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
func (s StoreSpec[DB]) try(ctx context.Context, codec kit.EventCodec) (string, error) {
	db, err := s.OpenBeside(ctx, codec)
	if kit.CodeOf(err) == kit.NotFound {
		return err.Error(), nil // the service creates it
	}
	if err != nil {
		return "", s.blame(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	pending, err := db.Pending(ctx)
	switch {
	case err != nil:
		return "", s.blame(err)
	case pending == 0:
		return db.String() + " answers and is up to date", nil
	case s.Migrate:
		return fmt.Sprintf("%s answers; %s to be applied when the service starts", db, migrationsHave(pending)), nil
	default:
		return "", s.behind(pending)
	}
}

// migrate opens the store, creates it if necessary, and brings it up to date.
func (s StoreSpec[DB]) migrate(ctx context.Context, codec kit.EventCodec) (string, error) {
	db, err := s.Open(ctx, codec)
	if err != nil {
		return "", s.blame(err)
	}
	pending, err := db.Pending(ctx)
	if err == nil {
		err = db.Migrate(ctx)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return "", s.blame(err)
	}
	if pending == 0 {
		return db.String() + " was up to date", nil
	}
	return fmt.Sprintf("%s: %s been applied", db, migrationsHave(pending)), nil
}
