package postgresstore

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const (
	// batchStatements is how many batches of one table are inserted at once: with one,
	// whatever comes would wait for the flush before, and with many, batches are small.
	batchStatements = 2
	// batchRows is how many rows a batch has at most.
	batchRows = 32
)

// insertBatcher inserts the rows of a table that are inserted at the same time in
// batches: one round trip, one commit and one flush to the disk serve a batch. No row
// waits for others to come: what comes while other statements are under way is inserted
// by the next one.
//
// Where a batch fails for one of its rows, it has no effect, and each row is inserted
// by a statement of its own.
type insertBatcher struct {
	db        *DB
	one, many string // see Mapping.Insert and InsertMany

	mu      sync.Mutex
	running int // goroutines that insert what is queued
	queue   []*queuedInsert
}

// queuedInsert is a row that waits for a batch.
type queuedInsert struct {
	values []any   // of its columns
	events [][]any // see DB.rowsOf

	done    chan struct{} // closed when what follows is known
	changed int64
	err     error
}

func (q *queuedInsert) finish(changed int64, err error) {
	q.changed, q.err = changed, err
	close(q.done)
}

// Change inserts a row and keeps the events: see Statement.Change.
func (b *insertBatcher) Change(ctx context.Context, events []kit.Event, args ...any) (changed int64, err error) {
	rows, err := b.db.rowsOf(events)
	if err != nil {
		return 0, err
	}
	if b.db.partOf(ctx) != nil {
		return b.db.change(ctx, b.one, rows, args)
	}
	values, err := encoding.Values(args)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return 0, withCode(err)
	}
	q := &queuedInsert{values: values, events: rows, done: make(chan struct{})}
	b.add(q)
	return b.wait(ctx, q)
}

// add queues a row, and has it inserted.
func (b *insertBatcher) add(q *queuedInsert) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, q)
	if b.running < batchStatements {
		b.running++
		go b.insertQueued()
	}
}

// insertQueued inserts what is queued, until nothing is.
func (b *insertBatcher) insertQueued() {
	for batch := b.next(); len(batch) > 0; batch = b.next() {
		b.insert(batch)
	}
}

// next takes a batch from the queue. Where there is none, it makes room for another
// goroutine.
func (b *insertBatcher) next() []*queuedInsert {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.queue), batchRows)
	if n == 0 {
		b.running--
	}
	batch := slices.Clone(b.queue[:n])
	b.queue = slices.Delete(b.queue, 0, n)
	return batch
}

// wait waits until a row is inserted, or takes it from the queue when the context ends.
func (b *insertBatcher) wait(ctx context.Context, q *queuedInsert) (changed int64, err error) {
	select {
	case <-q.done:
		return q.changed, q.err
	case <-ctx.Done():
		if b.withdraw(q) {
			return 0, withCode(ctx.Err())
		}
		return 0, errUnknown(ctx.Err()) // it is being inserted
	}
}

// withdraw takes a row from the queue, and reports whether it was there.
func (b *insertBatcher) withdraw(q *queuedInsert) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.queue, q)
	if at < 0 {
		return false
	}
	b.queue = slices.Delete(b.queue, at, at+1)
	return true
}

// insert inserts a batch. It does not end with the context of any row, but with the limits
// of every statement.
func (b *insertBatcher) insert(batch []*queuedInsert) {
	if len(batch) == 1 {
		q := batch[0]
		q.finish(b.db.change(context.Background(), b.one, q.events, q.values))
		return
	}
	each, err := b.insertMany(batch)
	if isOfRows(err) {
		for at := range batch {
			b.insert(batch[at : at+1])
		}
		return
	}
	for _, q := range batch {
		q.finish(each, err)
	}
}

// insertMany inserts a batch by one statement. A trigger may leave out some rows, without
// telling which: the statement then fails, by a division by zero.
func (b *insertBatcher) insertMany(batch []*queuedInsert) (each int64, err error) {
	columns := len(batch[0].values)
	var rows, events [][]any
	for _, q := range batch {
		rows, events = append(rows, q.values), append(events, q.events...)
	}
	text := withEvents(b.many, columns, "", fmt.Sprintf(
		`CASE count(*) WHEN $%d::bigint THEN count(*) ELSE 1 / (count(*) - count(*)) END`, columns+eventParameters+1))
	args := slices.Concat(arraysOf(rows, columns), eventArgs(events), []any{len(batch)})
	var inserted int64
	if err := b.db.autocommit(context.Background(), b.db.changes, counting(&inserted, text, args)); err != nil {
		return 0, err
	}
	if len(events) > 0 {
		b.db.rouse()
	}
	return 1, nil
}

// isOfRows reports whether an error may be that of some rows and not of others.
func isOfRows(err error) bool {
	e := pq.As(err)
	if e == nil || e.Code == pqerror.QueryCanceled || e.Code.Class() == pqerror.ClassInvalidTransactionState {
		return false
	}
	return !slices.Contains(unavailable, e.Code.Class())
}
