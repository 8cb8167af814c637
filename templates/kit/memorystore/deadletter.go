package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

var letterMapping = Mapping[kit.DeadLetter, kit.UUID]{
	Entity: "dead letter",
	Key:    func(d *kit.DeadLetter) kit.UUID { return d.ID },
	Clone: func(d kit.DeadLetter) kit.DeadLetter {
		d.Message = messageCopy(d.Message)
		return d
	},
}

// Bury keeps a dead letter: see kit.DeadLetterQueue.
func (db *DB) Bury(ctx context.Context, d kit.DeadLetter) error {
	return db.write(ctx, func(t *transaction) error {
		for id, kept := range db.letters.rows.kept.all(t) {
			if old := (*kept).(*kit.DeadLetter).Message; old.ID == d.Message.ID && old.Group == d.Message.Group {
				db.letters.rows.kept.set(t, id, nil)
			}
		}
		db.letters.rows.kept.set(t, d.ID, new(db.letters.rows.clone(&d)))
		return nil
	})
}

// Letters returns a page of the dead letters: see kit.DeadLetterQueue.
func (db *DB) Letters(ctx context.Context, page kit.Page) (kit.Listing[kit.DeadLetter], error) {
	return db.letters.List(ctx, page)
}

// Replay puts the message of a dead letter back into the outbox: see
// kit.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id kit.UUID) error {
	return db.write(ctx, func(t *transaction) error {
		d, err := db.letters.rows.take(t, id)
		if err == nil {
			db.post(t, d.(*kit.DeadLetter).Message)
		}
		return err
	})
}
