package sqlitestore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const columnsOfLetter = `"id", "message", "topic", "key", "group", "time", "payload", "error", "attempts", "failed_at"`

// Bury keeps a dead letter: see kit.DeadLetterQueue.
func (db *DB) Bury(ctx context.Context, d kit.DeadLetter) error {
	m := d.Message
	return db.Write(ctx, func(ctx context.Context) error {
		_, err := db.kit.bury.Exec(ctx, d.ID, m.ID, m.Topic, m.Key, m.Group, m.Time, notNil(m.Payload), d.Error, d.Attempts, d.FailedAt)
		return err
	})
}

// Letters returns a page of the dead letters: see kit.DeadLetterQueue.
func (db *DB) Letters(ctx context.Context, page kit.Page) (kit.Listing[kit.DeadLetter], error) {
	var letters []kit.DeadLetter
	err := db.kit.letters.Rows(ctx, func(row Scanner) error {
		d, err := letterFrom(row)
		letters = append(letters, d)
		return err
	}, page.After, page.Limit+1)
	if err != nil {
		return kit.Listing[kit.DeadLetter]{}, err
	}
	return kit.Trim(letters, page.Limit, func(d kit.DeadLetter) kit.UUID { return d.ID }), nil
}

func letterFrom(row Scanner) (d kit.DeadLetter, err error) {
	m := &d.Message
	err = row.Scan(&d.ID, &m.ID, &m.Topic, &m.Key, &m.Group, &m.Time, &m.Payload, &d.Error, &d.Attempts, &d.FailedAt)
	return d, err
}

// Replay puts the message of a dead letter back into the outbox: see
// kit.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id kit.UUID) error {
	return db.Write(ctx, func(ctx context.Context) error {
		var d kit.DeadLetter
		found, err := db.kit.letter.Row(ctx, func(row Scanner) (err error) {
			d, err = letterFrom(row)
			return err
		}, id)
		if err != nil {
			return err
		}
		if !found {
			return kit.Errorf(kit.NotFound, "there is no dead letter %s", id)
		}
		if _, err := db.kit.unbury.Exec(ctx, id); err != nil {
			return err
		}
		return db.post(ctx, d.Message)
	})
}
