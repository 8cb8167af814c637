package postgresstore

import (
	"context"
	"strconv"
)

// savepoints are those of a transaction: one for each transaction that is nested in
// it. One whose changes are kept is not released at once, which would take a round trip,
// but with the next one, or by the commit.
type savepoints struct {
	open       int  // as deep as transactions are nested
	unreleased bool // there is one more, of a nested transaction that has ended
}

func savepointName(depth int) string { return "nested" + strconv.Itoa(depth) }

// save begins a savepoint, and releases the one before it, in one round trip.
func (t *transaction) save(ctx context.Context) error {
	name := savepointName(t.savepoints.open + 1)
	text := "SAVEPOINT " + name
	if t.savepoints.unreleased {
		text = "RELEASE " + name + "; " + text
	}
	if err := t.execute(ctx, text); err != nil {
		return err
	}
	t.savepoints.open++
	t.savepoints.unreleased = false
	return nil
}

// leave keeps or undoes what was done since the last savepoint, also if the context has
// ended: the rest of the transaction may go on. What has failed cannot be kept: the error
// says why.
func (t *transaction) leave(keep bool) error {
	name := savepointName(t.savepoints.open)
	t.savepoints.open--
	t.savepoints.unreleased = true
	failure := t.recover()
	if keep && failure == nil {
		return nil
	}
	if err := t.execute(context.Background(), "ROLLBACK TO "+name); err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.fail(doomed, err)
		return err
	}
	return failure
}

// recover makes a failed transaction active, for a savepoint to be rolled back, and
// returns why it has failed.
func (t *transaction) recover() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != failed {
		return nil
	}
	failure := t.cause
	t.state, t.cause = active, nil
	return failure
}
