package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/sqlite"
	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

const (
	sqliteName = "store (sqlite)"
	sqliteKey  = "store.sqlite.path"
	migrateKey = "store.migrate"
)

// sqliteModule is the store in an SQLite file.
func sqliteModule(c sqlite.Config, migrate bool) fx.Option {
	opener := sqliteOpener{c, migrate}
	return fx.Provide(
		opener.open,
		fx.Annotate(func(db *sqlite.DB) *sqlite.DB { return db },
			fx.As(new(ports.Transactor)), fx.As(new(ports.Emitter)), fx.As(new(ports.Outbox)), fx.As(new(ports.Inbox)),
			fx.As(new(ports.DeadLetterQueue)), fx.As(new(ports.Idempotency))),
		fx.Annotate(func(db *sqlite.DB) readinessCheck { return readinessCheck{"store", db.Ping} },
			fx.ResultTags(`group:"dependency"`)),
		fx.Annotate(func(codec ports.EventCodec) dependencyTrial {
			return dependencyTrial{sqliteName, sqliteKey, func(ctx context.Context) (string, error) { return opener.look(ctx, codec) }}
		}, fx.ResultTags(`group:"inspection"`)),
	)
}

// sqliteOpener opens the file as the configuration says.
type sqliteOpener struct {
	config  sqlite.Config
	migrate bool
}

// open opens the store and has it closed when everything else has stopped.
func (o sqliteOpener) open(ctx context.Context, life fx.Lifecycle, codec ports.EventCodec, why openPurpose) (*sqlite.DB, error) {
	db, err := o.openFor(ctx, codec, why)
	if err != nil {
		return nil, err
	}
	life.Append(fx.StopHook(db.Close))
	return db, nil
}

func (o sqliteOpener) openFor(ctx context.Context, codec ports.EventCodec, why openPurpose) (*sqlite.DB, error) {
	if why == toLookIn {
		return o.openBeside(ctx, codec)
	}
	db, err := sqlite.Open(ctx, o.config, codec)
	if err != nil {
		return nil, blameOn("the "+sqliteName, sqliteKey, err)
	}
	if err := o.ready(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// ready brings the tables up to date, or sees that they are.
func (o sqliteOpener) ready(ctx context.Context, db *sqlite.DB) error {
	if o.migrate {
		return blameOn("the "+sqliteName, sqliteKey, db.Migrate(ctx))
	}
	pending, err := db.Pending(ctx)
	if err == nil && pending > 0 {
		return o.behind(pending)
	}
	return blameOn("the "+sqliteName, sqliteKey, err)
}

// openBeside opens a file that is there and up to date, and makes none.
func (o sqliteOpener) openBeside(ctx context.Context, codec ports.EventCodec) (*sqlite.DB, error) {
	if _, err := os.Stat(o.config.Path); err != nil {
		return nil, blameOn("the "+sqliteName, sqliteKey, fmt.Errorf("%s cannot be found: %w", o.config.Path, reasonOf(err)))
	}
	db, err := sqlite.OpenBeside(ctx, o.config, codec)
	if err != nil {
		return nil, blameOn("the "+sqliteName, sqliteKey, err)
	}
	pending, err := db.Pending(ctx)
	if err != nil {
		return nil, errors.Join(blameOn("the "+sqliteName, sqliteKey, err), db.Close())
	}
	if pending > 0 {
		return nil, errors.Join(o.behind(pending), db.Close())
	}
	return db, nil
}

// behind is the failure where migrations have not been applied. Where the
// service would apply them, there is nothing to change but to start it.
func (o sqliteOpener) behind(pending int) error {
	key := migrateKey
	if o.migrate {
		key = ""
	}
	return blameOn("the "+sqliteName, key, domain.Errorf(domain.Unavailable,
		"%s not applied yet; the service applies them when it starts with store.migrate=true", migrationsAre(pending)))
}

func migrationsAre(n int) string {
	if n == 1 {
		return "1 migration is"
	}
	return fmt.Sprintf("%d migrations are", n)
}

// look tries the file without changing anything: not even by making it, as
// whoever checks may be another user than the service, which could not write to
// it then.
func (o sqliteOpener) look(ctx context.Context, codec ports.EventCodec) (string, error) {
	if _, err := os.Stat(o.config.Path); errors.Is(err, fs.ErrNotExist) {
		return o.config.Path + " is not there yet and will be made", writableFolder(filepath.Dir(o.config.Path))
	}
	db, err := sqlite.OpenBeside(ctx, o.config, codec)
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
		return o.config.Path + " answers and is up to date", nil
	case o.migrate:
		return fmt.Sprintf("%s answers; %s to be applied at start", o.config.Path, migrationsAre(pending)), nil
	default:
		return "", o.behind(pending)
	}
}

// writableFolder returns why nothing can be made in a folder, or in the nearest
// one above that exists.
func writableFolder(dir string) error {
	for {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			continue
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is a file and not a folder", dir)
		}
		probe, err := os.CreateTemp(dir, ".check-*")
		if err != nil {
			return fmt.Errorf("nothing can be made in the folder %s: %w", dir, reasonOf(err))
		}
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
}

// reasonOf leaves out the path that an error of a file begins with.
func reasonOf(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
