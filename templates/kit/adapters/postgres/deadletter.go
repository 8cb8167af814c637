package postgres

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

const columnsOfLetter = `"id", "message", "topic", "key", "group", "time", "payload", "error", "attempts", "failed_at"`

// Bury keeps a dead letter: see ports.DeadLetterQueue.
func (db *DB) Bury(ctx context.Context, d ports.DeadLetter) error {
	m := d.Message
	_, err := db.kit.bury.apply(ctx, ofUUID(d.ID), ofUUID(m.ID), m.Topic, m.Key, m.Group, ofTime(m.Time),
		notNil(m.Payload), d.Error, d.Attempts, ofTime(d.FailedAt))
	return err
}

// Letters returns a page of the dead letters: see ports.DeadLetterQueue.
func (db *DB) Letters(ctx context.Context, page domain.Page) (domain.Listing[ports.DeadLetter], error) {
	var letters []ports.DeadLetter
	err := db.kit.letters.Rows(ctx, func(row Scanner) error {
		d, err := letterFrom(row)
		letters = append(letters, d)
		return err
	}, ofUUID(page.After), page.Limit+1)
	if err != nil {
		return domain.Listing[ports.DeadLetter]{}, err
	}
	return domain.Trim(letters, page.Limit, func(d ports.DeadLetter) domain.UUID { return d.ID }), nil
}

func letterFrom(row Scanner) (d ports.DeadLetter, err error) {
	m := &d.Message
	err = row.Scan(toUUID(&d.ID), toUUID(&m.ID), &m.Topic, &m.Key, &m.Group, toTime(&m.Time), &m.Payload,
		&d.Error, &d.Attempts, toTime(&d.FailedAt))
	return d, err
}

// Replay puts the message of a dead letter back into the outbox: see
// ports.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id domain.UUID) error {
	n, err := db.kit.replay.apply(ctx, ofUUID(id))
	if err == nil && n == 0 {
		err = domain.Errorf(domain.NotFound, "there is no dead letter %s", id)
	}
	return db.emitted(ctx, err)
}
