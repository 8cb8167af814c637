package locks

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Fence is a kit.Fence on a table of a store.
type Fence struct{ pass *sqlstore.Statement }

// Preparer is what a fence needs of a store.
type Preparer interface {
	PrepareAll(ctx context.Context, texts map[**sqlstore.Statement]string) error
}

// NewFence returns a fence on a store. The error says why its table cannot be used.
func NewFence(ctx context.Context, db Preparer) (*Fence, error) {
	f := new(Fence)
	return f, db.PrepareAll(ctx, map[**sqlstore.Statement]string{
		&f.pass: `INSERT INTO "kit_lock_fence" ("name", "token") VALUES ($1, $2) ON CONFLICT ("name")
			DO UPDATE SET "token" = excluded."token" WHERE "kit_lock_fence"."token" <= excluded."token"`,
	})
}

// Pass notes that a holder changes something: see kit.Fence.
func (f *Fence) Pass(ctx context.Context, name string, token int64) error {
	changed, err := f.pass.Exec(ctx, name, token)
	if err == nil && changed == 0 {
		err = kit.Errorf(kit.Conflict, "the lock %s has had another holder since", name)
	}
	return err
}
