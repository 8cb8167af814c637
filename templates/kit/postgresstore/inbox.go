package postgresstore

import (
	"context"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// inboxMark says that a group handles a message.
type inboxMark struct {
	id    kit.UUID
	group string
	known bool // it was there when somebody looked
}

// inboxMarks are those that are looked for, and kept, at the same time.
type inboxMarks struct{ looks, keeps gatherer[inboxMark] }

func newInboxMarks(db *DB) *inboxMarks {
	return &inboxMarks{looks: gatherer[inboxMark]{serve: db.lookForMarks}, keeps: gatherer[inboxMark]{serve: db.keepMarks}}
}

// Mark notes that a group handles a message: see kit.Inbox.
//
// Where it is the first that a transaction does, the mark is looked for now, and kept
// with the next statement: what is done with one message is then begun in one round
// trip. If nothing else is done, marks of many messages are kept in one. Whoever is
// told that it is the first while another one is, too, is run again after that one.
func (db *DB) Mark(ctx context.Context, group string, id kit.UUID) (first bool, err error) {
	if t := db.transactionOf(ctx); t != nil && t.isUntouched() {
		m := inboxMark{id: id, group: group}
		if err := db.marks.looks.do(ctx, &m); err != nil || m.known {
			return false, err
		}
		if t.postpone(&inboxMark{id: id, group: group}) {
			return true, nil
		}
	}
	n, err := db.kit.mark.apply(ctx, id, group, time.Now())
	return n == 1 && err == nil, err
}

// lookForMarks looks which of the marks are there.
func (db *DB) lookForMarks(ctx context.Context, marks []*inboxMark) error {
	there := map[inboxMark]bool{}
	ids, groups := columnsOfMarks(marks)
	err := db.kit.marked.Rows(ctx, func(row Scanner) error {
		var m inboxMark
		err := row.Scan(&m.id, &m.group)
		there[m] = true
		return err
	}, ids, groups)
	for _, m := range marks {
		m.known = there[*m]
	}
	return err
}

// keepMarks keeps the marks that are not there yet.
func (db *DB) keepMarks(ctx context.Context, marks []*inboxMark) error {
	ids, groups := columnsOfMarks(marks)
	_, err := db.kit.markAll.apply(ctx, ids, groups, time.Now())
	return err
}

func columnsOfMarks(marks []*inboxMark) (ids, groups pq.StringArray) {
	for _, m := range marks {
		ids, groups = append(ids, m.id.String()), append(groups, m.group)
	}
	return ids, groups
}

// insertion returns the mark as a statement that can follow another one in a round trip.
func (m *inboxMark) insertion() string {
	return `INSERT INTO "inbox" ("id", "group", "time") VALUES ('` + m.id.String() + `', ` + pq.QuoteLiteral(m.group) +
		`, clock_timestamp()) ON CONFLICT DO NOTHING`
}

// Purge forgets old marks: see kit.Inbox.
func (db *DB) Purge(ctx context.Context, before time.Time) (int64, error) {
	return deleteOld(ctx, db.kit.purge, before)
}

// deleteOld deletes what is older, a thousand rows at a time, so that nobody has
// to wait long for one of them.
func deleteOld(ctx context.Context, s *Statement, before time.Time) (total int64, err error) {
	const batch = 1000
	for {
		n, err := s.apply(ctx, before, batch)
		if err != nil {
			return total, err
		}
		if total += n; n < batch {
			return total, nil
		}
	}
}
