package storetest_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

func TestNotesInSQLite(t *testing.T) { storetest.Entities(t, notesInSQLite()) }

func TestCachedNotesInSQLite(t *testing.T) { storetest.Entities(t, cachedSubject(notesInSQLite())) }

func notesInSQLite() storetest.Subject[note] {
	s := noteSubject()
	s.Open = openSQLiteNotes
	s.Finds = []storetest.Find[note]{{
		Name:  "FindByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note, page kit.Page) (kit.Listing[note], error) {
			s := k.Store.(*sqliteNotes)
			return s.Find(ctx, s.findByTitle, page, like.Title)
		},
	}}
	s.Counts = []storetest.Count[note]{{
		Name:  "CountByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			s := k.Store.(*sqliteNotes)
			return s.Count(ctx, s.countByTitle, like.Title)
		},
	}, {
		Name:  "ExistsByTitle",
		Match: sameTitle, Align: alignTitle, Exists: true,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			s := k.Store.(*sqliteNotes)
			found, err := s.Exists(ctx, s.existsByTitle, like.Title)
			if found {
				return 1, err
			}
			return 0, err
		},
	}}
	return s
}

// sqliteNotes is a store as one is derived.
type sqliteNotes struct {
	*sqlitestore.Table[note, kit.UUID]

	findByTitle, countByTitle, existsByTitle *sqlitestore.Statement
}

func openSQLiteNotes(t *testing.T) storetest.Keeper[note] {
	t.Helper()
	config := sqlitestore.Config{Path: filepath.Join(t.TempDir(), "notes.db")}
	db, err := sqlitestore.Open(t.Context(), config, noteCodec{}, noteSchema(`"id" BLOB NOT NULL PRIMARY KEY, "title" TEXT NOT NULL,
		"body" TEXT, "tags" TEXT, "score" REAL NOT NULL, "rank" INTEGER, "pinned" INTEGER NOT NULL, "took" INTEGER NOT NULL,
		"due" INTEGER, "scan" BLOB, "version" INTEGER NOT NULL, "created_at" INTEGER NOT NULL`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := newSQLiteNotes(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Keeper[note]{
		Store: s, Insert: s.Insert, Get: getBy(s.Get), Update: s.Update, Delete: deleteBy(s.Delete), List: s.List, Tx: db, Out: db,
	}
}

func newSQLiteNotes(ctx context.Context, db *sqlitestore.DB) (*sqliteNotes, error) {
	table, err := sqlitestore.NewTable(ctx, db, sqlitestore.Mapping[note, kit.UUID]{
		Entity:  "note",
		Key:     func(n *note) kit.UUID { return n.ID },
		Version: func(n *note) int64 { return n.Version },
		Columns: func(n *note) []any {
			return []any{
				&n.ID, &n.Title, &n.Body, sqlitestore.JSON(&n.Tags, writeTags, readTags), &n.Score, &n.Rank,
				&n.Pinned, &n.Took, &n.Due, &n.Scan, &n.Version, &n.CreatedAt,
			}
		},

		Insert: `INSERT INTO "note" (` + noteColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		Get:    `SELECT ` + noteColumns + ` FROM "note" WHERE "id" = $1`,
		Update: `UPDATE "note" SET "title" = $1, "body" = $2, "tags" = $3, "score" = $4, "rank" = $5, "pinned" = $6,
			"took" = $7, "due" = $8, "scan" = $9, "version" = $10, "created_at" = $11
			WHERE "id" = $12 AND "version" = $13`,
		Delete: `DELETE FROM "note" WHERE "id" = $1`,
		List:   `SELECT ` + noteColumns + ` FROM "note" WHERE "id" > $1 ORDER BY "id" LIMIT $2`,
	})
	if err != nil {
		return nil, err
	}
	s := &sqliteNotes{Table: table}
	return s, db.PrepareAll(ctx, map[**sqlitestore.Statement]string{
		&s.findByTitle:   `SELECT ` + noteColumns + ` FROM "note" WHERE "title" = $1 AND "id" > $2 ORDER BY "id" LIMIT $3`,
		&s.countByTitle:  `SELECT count(*) FROM "note" WHERE "title" = $1`,
		&s.existsByTitle: `SELECT 1 FROM "note" WHERE "title" = $1 LIMIT 1`,
	})
}
