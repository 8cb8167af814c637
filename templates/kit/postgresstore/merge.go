package postgresstore

import (
	"context"
	"database/sql"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// mergeLanes is how many statements of one insert run at once: with one, whoever
	// comes would wait for the flush before, and with many, there is little to merge.
	mergeLanes = 2
	// mergeRows is how many rows are inserted at once, at most. It is a power of two,
	// and so are all numbers of rows: each is a statement that connections prepare.
	mergeRows = 32
)

// insertMerger merges inserts of the same kind that are made at the same time: one
// round trip, one commit and one flush to the disk serve them all. Nobody waits for
// company: what comes while the lanes are taken is run together when one is free.
//
// Where a merged insert fails, for one of its rows, it has no effect, and each of them
// is run alone and told its own error.
type insertMerger struct {
	db     *DB
	head   string // of the text, up to the first row
	row    string
	params int // of a row
	most   int // rows at once

	mu    sync.Mutex
	taken int // lanes
	queue []*mergedInsert
	texts map[int]string // by the number of rows
}

// mergedInsert is one of those that are merged.
type mergedInsert struct {
	args    []any
	columns eventColumns
	done    chan mergeOutcome
}

// mergeOutcome is what has become of a merged insert.
type mergeOutcome struct {
	alone bool // nothing: it must be run alone
	err   error
}

// plainInsert is an insert of one row whose values are parameters or plain words. Of
// others nobody can tell here what several rows would be.
var plainInsert = regexp.MustCompile(`(?is)^(INSERT INTO "?\w+"? \([^()']*\)\s+VALUES )(\([^()'"]*\))\s*$`)

// mostParameters is what the server takes.
const mostParameters = 65_535

// newInsertMerger returns nil for a text that is no plain insert.
func newInsertMerger(db *DB, text string) *insertMerger {
	parts := plainInsert.FindStringSubmatch(text)
	params := parametersIn(text)
	if parts == nil || params == 0 {
		return nil
	}
	most := mergeRows
	for most*params+parametersIn(insertEvents(0)) > mostParameters {
		most /= 2
	}
	return &insertMerger{db: db, head: parts[1], row: parts[2], params: params, most: most, texts: map[int]string{}}
}

// insert runs an insert alone if nothing else is under way, and otherwise with those
// that wait. It reports whether it was kept with others: then it changed a row.
func (m *insertMerger) insert(ctx context.Context, i *mergedInsert, alone func() error) (merged bool, err error) {
	if len(i.args) != m.params {
		return false, alone() // which is told so
	}
	if m.enter(i) {
		defer m.leave()
		return false, alone()
	}
	select {
	case o := <-i.done:
		if o.alone {
			return false, alone()
		}
		return o.err == nil, o.err
	case <-ctx.Done():
		if m.withdraw(i) {
			return false, toDomain(ctx.Err())
		}
		return false, errUnknown(ctx.Err())
	}
}

// enter takes a lane, or a place in the queue.
func (m *insertMerger) enter(i *mergedInsert) (alone bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.taken < mergeLanes {
		m.taken++
		return true
	}
	i.done = make(chan mergeOutcome, 1)
	m.queue = append(m.queue, i)
	return false
}

// withdraw gives up a place in the queue, and reports whether it did: otherwise the
// insert is under way.
func (m *insertMerger) withdraw(i *mergedInsert) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.Index(m.queue, i)
	if at < 0 {
		return false
	}
	m.queue = slices.Delete(m.queue, at, at+1)
	return true
}

// leave has those that wait take the lane, or gives it back.
func (m *insertMerger) leave() {
	if batch := m.take(); batch != nil {
		go func() {
			for ; batch != nil; batch = m.take() {
				m.run(batch)
			}
		}()
	}
}

// take takes inserts from the queue. Where there are none, it gives the lane back.
func (m *insertMerger) take() []*mergedInsert {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		m.taken--
		return nil
	}
	n := min(m.most, 1<<(bits.Len(uint(len(m.queue)))-1))
	batch := slices.Clone(m.queue[:n])
	m.queue = slices.Delete(m.queue, 0, n)
	return batch
}

// run runs the inserts as one, and tells each what has become of it. It does not end
// with the context of any of them, but with the limits of every statement.
func (m *insertMerger) run(batch []*mergedInsert) {
	args := make([]any, 0, len(batch)*m.params)
	var columns eventColumns
	for _, i := range batch {
		args = append(args, i.args...)
		columns.add(i.columns)
	}
	text := m.text(len(batch))
	ctx := context.Background()
	err := m.db.alone(ctx, func(conn *sql.Conn) error {
		_, err := countOn(ctx, conn, text, columns.after(args))
		return err
	})
	o := mergeOutcome{err: err, alone: isOfRows(err)}
	for _, i := range batch {
		i.done <- o
	}
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

// text returns the insert of so many rows with their events. A trigger may leave out
// some rows, and then nobody could tell whose: it fails for that, by a division.
func (m *insertMerger) text(rows int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := m.texts[rows]
	if text == "" {
		all := make([]string, rows)
		for i := range all {
			all[i] = shiftRow(m.row, i*m.params)
		}
		text = changeWithEvents(m.head+strings.Join(all, ", "),
			`CASE count(*) WHEN `+strconv.Itoa(rows)+` THEN count(*) ELSE 1 / (count(*) - count(*)) END`)
		m.texts[rows] = text
	}
	return text
}

// shiftRow returns a row whose parameters come after others.
func shiftRow(row string, by int) string {
	return placeholder.ReplaceAllStringFunc(row, func(p string) string {
		n, _ := strconv.Atoi(p[1:]) // the expression has seen that it is a number
		return "$" + strconv.Itoa(n+by)
	})
}
