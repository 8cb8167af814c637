package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Bury keeps a dead letter: see kit.DeadLetterQueue.
func (db *DB) Bury(ctx context.Context, d kit.DeadLetter) error {
	d.Message = messageCopy(d.Message)
	return db.Write(ctx, func(ctx context.Context) error {
		same, err := db.letters.all(ctx, func(old kit.DeadLetter) bool {
			return old.Message.ID == d.Message.ID && old.Message.Group == d.Message.Group
		})
		if err != nil {
			return err
		}
		for id := range same {
			if err := db.letters.remove(ctx, id); err != nil {
				return err
			}
		}
		return db.letters.put(ctx, d.ID, d)
	})
}

// Letters returns a page of the dead letters: see kit.DeadLetterQueue.
func (db *DB) Letters(ctx context.Context, page kit.Page) (kit.Listing[kit.DeadLetter], error) {
	found, err := pageOf(ctx, db.letters, page,
		func(d kit.DeadLetter) kit.UUID { return d.ID },
		func(kit.DeadLetter) bool { return true })
	for i := range found.Items {
		found.Items[i].Message = messageCopy(found.Items[i].Message)
	}
	return found, err
}

// Replay puts the message of a dead letter back into the outbox: see
// kit.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id kit.UUID) error {
	return db.Write(ctx, func(ctx context.Context) error {
		d, found, err := db.letters.get(ctx, id)
		if err != nil {
			return err
		}
		if !found {
			return kit.Errorf(kit.NotFound, "there is no dead letter %s", id)
		}
		if err := db.letters.remove(ctx, id); err != nil {
			return err
		}
		return db.post(ctx, d.Message)
	})
}
