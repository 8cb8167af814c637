package run

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const migrateKey = "store.migrate"

// database is what every store is that keeps everything.
type database interface {
	kit.Transactor
	kit.Emitter
	kit.Outbox
	kit.Inbox
	kit.DeadLetterQueue
	kit.Idempotency
	fmt.Stringer // where it is, without secrets

	Ping(ctx context.Context) error
	// Migrate brings the tables up to date, and Pending returns by how many
	// migrations they are not.
	Migrate(ctx context.Context) error
	Pending(ctx context.Context) (int, error)
	Close() error
}

// storeOpener opens a store as the configuration says.
type storeOpener[DB database] struct {
	name    string // of the dependency: "store (sqlite)"
	key     string // that says where it is: "store.sqlite.path"
	migrate bool
	// serve opens it for the process that serves, and beside for a command that
	// may run while one does, which makes nothing.
	serve, beside func(ctx context.Context, codec kit.EventCodec) (DB, error)
	// absent tells of a store that is not there and will be made; "" where it is
	// there. It is nil where nothing can be made.
	absent func() (string, error)
}

// module provides the store for each port that it serves.
func (o storeOpener[DB]) module() fx.Option {
	return fx.Provide(
		o.open,
		fx.Annotate(func(db DB) DB { return db },
			fx.As(new(kit.Transactor)), fx.As(new(kit.Emitter)), fx.As(new(kit.Outbox)), fx.As(new(kit.Inbox)),
			fx.As(new(kit.DeadLetterQueue)), fx.As(new(kit.Idempotency))),
		fx.Annotate(func(db DB) readinessCheck { return readinessCheck{"store", db.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func(codec kit.EventCodec) dependencyTrial {
			return dependencyTrial{o.name, o.key, func(ctx context.Context) (string, error) { return o.look(ctx, codec) }}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}

// open opens the store and has it closed when everything else has stopped.
func (o storeOpener[DB]) open(ctx context.Context, life fx.Lifecycle, codec kit.EventCodec, why openPurpose) (DB, error) {
	openFor := o.openReady
	if why == toLookIn {
		openFor = o.openBeside
	}
	db, err := openFor(ctx, codec)
	if err != nil {
		return db, err
	}
	life.Append(fx.StopHook(func() error { return db.Close() }))
	return db, nil
}

// openReady opens the store and brings its tables up to date, or sees that they
// are.
func (o storeOpener[DB]) openReady(ctx context.Context, codec kit.EventCodec) (DB, error) {
	db, err := o.serve(ctx, codec)
	switch {
	case err != nil:
		return db, o.blame(err)
	case o.migrate:
		err = o.blame(db.Migrate(ctx))
	default:
		err = o.upToDate(ctx, db)
	}
	if err != nil {
		err = errors.Join(err, db.Close())
	}
	return db, err
}

// openBeside opens a store that is there and up to date.
func (o storeOpener[DB]) openBeside(ctx context.Context, codec kit.EventCodec) (DB, error) {
	db, err := o.beside(ctx, codec)
	if err != nil {
		return db, o.blame(err)
	}
	if err := o.upToDate(ctx, db); err != nil {
		return db, errors.Join(err, db.Close())
	}
	return db, nil
}

func (o storeOpener[DB]) upToDate(ctx context.Context, db DB) error {
	pending, err := db.Pending(ctx)
	if err == nil && pending > 0 {
		return o.behind(pending)
	}
	return o.blame(err)
}

// behind is the failure where migrations have not been applied. Where the
// service would apply them, there is nothing to change but to start it.
func (o storeOpener[DB]) behind(pending int) error {
	key := migrateKey
	if o.migrate {
		key = ""
	}
	return blameOn("the "+o.name, key, kit.Errorf(kit.Unavailable,
		"%s not applied yet; the service applies them when it starts with store.migrate=true", migrationsAre(pending)))
}

func (o storeOpener[DB]) blame(err error) error { return blameOn("the "+o.name, o.key, err) }

func migrationsAre(n int) string {
	if n == 1 {
		return "1 migration is"
	}
	return fmt.Sprintf("%d migrations are", n)
}

// look tries the store without changing anything: not even by making it, as
// whoever checks may be another user than the service, which could not write to
// it then.
func (o storeOpener[DB]) look(ctx context.Context, codec kit.EventCodec) (string, error) {
	if o.absent != nil {
		if what, err := o.absent(); what != "" || err != nil {
			return what, err
		}
	}
	db, err := o.beside(ctx, codec)
	if err != nil {
		return "", err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	if err := db.Ping(ctx); err != nil {
		return "", err
	}
	pending, err := db.Pending(ctx)
	switch {
	case err != nil:
		return "", err
	case pending == 0:
		return db.String() + " answers and is up to date", nil
	case o.migrate:
		return fmt.Sprintf("%s answers; %s to be applied at start", db, migrationsAre(pending)), nil
	default:
		return "", o.behind(pending)
	}
}
