package postgresstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"

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
	db     *DB
	single *Statement
	many   string // see Mapping.InsertMany

	mu      sync.Mutex
	running int // statements
	queue   []*queuedInsert
}

// queuedInsert is a row that waits for a batch.
type queuedInsert struct {
	values []any // of its columns
	events eventColumns
	done   chan batchResult
}

// batchResult is what became of a row in a batch.
type batchResult struct {
	retry bool // the batch had no effect: insert the row by itself
	err   error
}

func newInsertBatcher(db *DB, single *Statement, many string) *insertBatcher {
	return &insertBatcher{db: db, single: single, many: many}
}

// Change inserts a row and keeps the events: see Statement.Change.
func (b *insertBatcher) Change(ctx context.Context, events []kit.Event, args ...any) (changed int64, err error) {
	if b.db.transactionOf(ctx) != nil {
		return b.single.Change(ctx, events, args...)
	}
	if b.start(nil) {
		defer b.finish()
		return b.single.Change(ctx, events, args...)
	}
	q := &queuedInsert{done: make(chan batchResult, 1)}
	if q.values, err = encoding.Values(args); err != nil {
		return 0, err
	}
	if q.events, err = b.db.columnsOf(events); err != nil {
		return 0, err
	}
	if b.start(q) {
		defer b.finish()
		return b.single.Change(ctx, events, args...)
	}
	result := b.wait(ctx, q)
	switch {
	case result.retry:
		return b.single.Change(ctx, events, args...)
	case result.err != nil:
		return 0, result.err
	}
	if len(events) > 0 {
		b.db.emitted(ctx)
	}
	return 1, nil
}

// start reports whether a statement may be run, after which finish must be called.
// Otherwise it queues the row, if there is one.
func (b *insertBatcher) start(q *queuedInsert) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running < batchStatements {
		b.running++
		return true
	}
	if q != nil {
		b.queue = append(b.queue, q)
	}
	return false
}

// finish inserts what is queued, in the place of the statement that has ended.
func (b *insertBatcher) finish() {
	if batch := b.next(); batch != nil {
		go func() {
			for ; batch != nil; batch = b.next() {
				b.run(batch)
			}
		}()
	}
}

// next takes a batch from the queue. Where there is none, it makes room for another
// statement.
func (b *insertBatcher) next() []*queuedInsert {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.queue), batchRows)
	if n == 0 {
		b.running--
		return nil
	}
	batch := slices.Clone(b.queue[:n])
	b.queue = slices.Delete(b.queue, 0, n)
	return batch
}

// wait waits for the result of a batch, or takes the row from the queue when the
// context ends.
func (b *insertBatcher) wait(ctx context.Context, q *queuedInsert) batchResult {
	select {
	case result := <-q.done:
		return result
	case <-ctx.Done():
		if b.withdraw(q) {
			return batchResult{err: withCode(ctx.Err())}
		}
		return batchResult{err: errUnknown(ctx.Err())} // it is being inserted
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

// run inserts a batch. It does not end with the context of any row, but with the limits
// of every statement.
func (b *insertBatcher) run(batch []*queuedInsert) {
	var events eventColumns
	for _, q := range batch {
		events.add(q.events)
	}
	args := append(events.after(columnArrays(batch)), len(batch))
	ctx := context.Background()
	err := b.db.autocommit(ctx, func(conn *sql.Conn) error {
		_, err := countOn(ctx, conn, b.textOf(len(batch[0].values)), args)
		return err
	})
	result := batchResult{err: err, retry: isOfRows(err)}
	for _, q := range batch {
		q.done <- result
	}
}

// textOf returns the statement that inserts rows of so many columns with their events.
// A trigger may leave out some rows, without telling which: the statement then fails, by
// a division by zero.
func (b *insertBatcher) textOf(columns int) string {
	return withEvents(b.many, columns, fmt.Sprintf(
		`CASE count(*) WHEN $%d::bigint THEN count(*) ELSE 1 / (count(*) - count(*)) END`, columns+eventParameters+1))
}

// columnArrays returns the values of the rows, column by column.
func columnArrays(batch []*queuedInsert) []any {
	arrays := make([]any, len(batch[0].values))
	column := make([]any, len(batch))
	for i := range arrays {
		for row, q := range batch {
			column[row] = q.values[i]
		}
		arrays[i] = arrayText(column)
	}
	return arrays
}

// isOfRows reports whether an error may be that of some rows and not of others.
func isOfRows(err error) bool {
	code := codeOf(err)
	if code == "" || code == queryCanceled {
		return false
	}
	switch code[:2] {
	case "08", "25", "28", "3D", "53", "57", "58": // connection, transaction, authorization, resources, intervention, system
		return false
	}
	return true
}
