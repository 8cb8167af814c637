package storetest_test

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestNotesInPostgres(t *testing.T) { storetest.Entities(t, notesInPostgres()) }

func TestCachedNotesInPostgres(t *testing.T) { storetest.Entities(t, cachedSubject(notesInPostgres())) }

func notesInPostgres() storetest.Subject[note] {
	s := noteSubject()
	s.Open = openPostgresNotes
	s.Finds = []storetest.Find[note]{{
		Name:  "FindByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note, page kit.Page) (kit.Listing[note], error) {
			s := k.Store.(*postgresNotes)
			return s.Find(ctx, s.findByTitle, page, like.Title)
		},
	}}
	s.Counts = []storetest.Count[note]{{
		Name:  "CountByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			s := k.Store.(*postgresNotes)
			return s.Count(ctx, s.countByTitle, like.Title)
		},
	}, {
		Name:  "ExistsByTitle",
		Match: sameTitle, Align: alignTitle, Exists: true,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			s := k.Store.(*postgresNotes)
			found, err := s.Exists(ctx, s.existsByTitle, like.Title)
			if found {
				return 1, err
			}
			return 0, err
		},
	}}
	return s
}

// postgresNotes is a store as one is derived.
type postgresNotes struct {
	*postgresstore.Table[note, kit.UUID]

	findByTitle, countByTitle, existsByTitle *postgresstore.Statement
}

func openPostgresNotes(t *testing.T) storetest.Keeper[note] {
	t.Helper()
	config := postgresstore.Config{DSN: kit.NewSecret(testserver.Postgres(t))}
	db, err := postgresstore.Open(t.Context(), config, noteCodec{}, noteSchema(`"id" uuid NOT NULL PRIMARY KEY, "title" text NOT NULL,
		"body" text, "tags" json, "score" double precision NOT NULL, "rank" bigint, "pinned" boolean NOT NULL, "took" bigint NOT NULL,
		"due" timestamptz, "scan" bytea, "version" bigint NOT NULL, "created_at" timestamptz NOT NULL`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := newPostgresNotes(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Keeper[note]{
		Store: s, Insert: s.Insert, Get: getBy(s.Get), Update: s.Update, Delete: deleteBy(s.Delete), List: s.List, Tx: db, Out: db,
	}
}

func newPostgresNotes(ctx context.Context, db *postgresstore.DB) (*postgresNotes, error) {
	table, err := postgresstore.NewTable(ctx, db, postgresstore.Mapping[note, kit.UUID]{
		Entity:  "note",
		Key:     func(n *note) kit.UUID { return n.ID },
		Version: func(n *note) int64 { return n.Version },
		Columns: func(n *note) []any {
			return []any{
				&n.ID, &n.Title, &n.Body, postgresstore.JSON(&n.Tags, writeTags, readTags), &n.Score, &n.Rank,
				&n.Pinned, &n.Took, &n.Due, &n.Scan, &n.Version, &n.CreatedAt,
			}
		},

		Insert: `INSERT INTO "note" (` + noteColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		InsertMany: `INSERT INTO "note" (` + noteColumns + `)
			SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::double precision[], $6::bigint[],
			$7::boolean[], $8::bigint[], $9::timestamptz[], $10::bytea[], $11::bigint[], $12::timestamptz[])`,
		Get: `SELECT ` + noteColumns + ` FROM "note" WHERE "id" = $1`,
		Update: `UPDATE "note" SET "title" = $1, "body" = $2, "tags" = $3, "score" = $4, "rank" = $5, "pinned" = $6,
			"took" = $7, "due" = $8, "scan" = $9, "version" = $10, "created_at" = $11
			WHERE "id" = $12 AND "version" = $13`,
		Delete: `DELETE FROM "note" WHERE "id" = $1`,
		List:   `SELECT ` + noteColumns + ` FROM "note" WHERE "id" > $1 ORDER BY "id" LIMIT $2`,
	})
	if err != nil {
		return nil, err
	}
	s := &postgresNotes{Table: table}
	return s, db.PrepareAll(ctx, map[**postgresstore.Statement]string{
		&s.findByTitle:   `SELECT ` + noteColumns + ` FROM "note" WHERE "title" = $1 AND "id" > $2 ORDER BY "id" LIMIT $3`,
		&s.countByTitle:  `SELECT count(*) FROM "note" WHERE "title" = $1`,
		&s.existsByTitle: `SELECT 1 FROM "note" WHERE "title" = $1 LIMIT 1`,
	})
}
