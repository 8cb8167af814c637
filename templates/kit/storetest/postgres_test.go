package storetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

func TestNotesInPostgres(t *testing.T) {
	s := noteSubject()
	s.Open = postgresKeeper
	s.Finds = []storetest.Find[note]{{
		Name:  "FindByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note, page kit.Page) (kit.Listing[note], error) {
			return k.Store.(*postgresNotes).findByTitle(ctx, like.Title, page)
		},
	}}
	s.Counts = []storetest.Count[note]{{
		Name:  "CountByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (n int64, err error) {
			_, err = k.Store.(*postgresNotes).count.Row(ctx, func(row postgresstore.Scanner) error { return row.Scan(&n) }, like.Title)
			return n, err
		},
	}}
	storetest.Entities(t, s)
}

// postgresNotes keeps notes in PostgreSQL, by hand.
type postgresNotes struct {
	db                                                     *postgresstore.DB
	insert, get, update, exists, remove, list, find, count *postgresstore.Statement
}

func postgresKeeper(t *testing.T) storetest.Keeper[note] {
	t.Helper()
	db, err := postgresstore.Open(t.Context(), postgresstore.Config{DSN: kit.NewSecret(testserver.Postgres(t))}, noteCodec{})
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
		err = db.Migrate(t.Context())
	}
	s := &postgresNotes{db: db}
	if err == nil {
		err = s.prepare(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Keeper[note]{
		Store: s, Insert: s.Insert, Get: s.Get, Update: s.Update, Delete: s.Delete, List: s.List, Tx: db, Out: db,
	}
}

func (s *postgresNotes) prepare(ctx context.Context) error {
	var create *postgresstore.Statement
	err := s.db.PrepareAll(ctx, map[**postgresstore.Statement]string{
		&create: `CREATE TABLE "note" ("id" uuid NOT NULL PRIMARY KEY, "title" text NOT NULL, "body" text,
			"tags" json, "score" double precision NOT NULL, "rank" bigint, "pinned" boolean NOT NULL, "took" bigint NOT NULL,
			"due" timestamptz, "scan" bytea, "version" bigint NOT NULL, "created_at" timestamptz NOT NULL)`,
	})
	if err == nil {
		err = s.db.Write(ctx, func(ctx context.Context) error {
			_, err := create.Exec(ctx)
			return err
		})
	}
	if err != nil {
		return err
	}
	return s.db.PrepareAll(ctx, map[**postgresstore.Statement]string{
		&s.insert: `INSERT INTO "note" (` + noteColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		&s.get:    `SELECT ` + noteColumns + ` FROM "note" WHERE "id" = $1`,
		&s.update: `UPDATE "note" SET (` + noteColumns + `) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			WHERE "id" = $13 AND "version" = $14`,
		&s.exists: `SELECT 1 FROM "note" WHERE "id" = $1`,
		&s.remove: `DELETE FROM "note" WHERE "id" = $1`,
		&s.list:   `SELECT ` + noteColumns + ` FROM "note" WHERE "id" > $1 ORDER BY "id" LIMIT $2`,
		&s.count:  `SELECT count(*) FROM "note" WHERE "title" = $1`,
		&s.find:   `SELECT ` + noteColumns + ` FROM "note" WHERE "title" = $1 AND "id" > $2 ORDER BY "id" LIMIT $3`,
	})
}

func noteRow(n note) []any {
	tags, _ := json.Marshal(n.Tags) // strings can always be written
	return []any{n.ID.String(), n.Title, n.Body, string(tags), n.Score, n.Rank, n.Pinned, int64(n.Took), n.Due, n.Scan,
		n.Version, n.CreatedAt}
}

func noteFromRow(row postgresstore.Scanner) (n note, err error) {
	var id, tags []byte
	err = row.Scan(&id, &n.Title, &n.Body, &tags, &n.Score, &n.Rank, &n.Pinned, &n.Took, &n.Due, &n.Scan,
		&n.Version, &n.CreatedAt)
	if err != nil {
		return n, err
	}
	n.CreatedAt = n.CreatedAt.UTC()
	if n.Due != nil {
		*n.Due = n.Due.UTC()
	}
	return n, errors.Join(n.ID.UnmarshalText(id), json.Unmarshal(tags, &n.Tags))
}

func (s *postgresNotes) Insert(ctx context.Context, n note, events ...kit.Event) error {
	_, err := s.insert.Change(ctx, events, noteRow(n)...)
	return err
}

func (s *postgresNotes) Get(ctx context.Context, id kit.UUID) (n note, err error) {
	found, err := s.get.Row(ctx, func(row postgresstore.Scanner) (err error) {
		n, err = noteFromRow(row)
		return err
	}, id.String())
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "there is no note %s", id)
	}
	return n, err
}

func (s *postgresNotes) Update(ctx context.Context, n note, events ...kit.Event) error {
	changed, err := s.update.Change(ctx, events, append(noteRow(n), n.ID.String(), n.Version-1)...)
	if err == nil && changed == 0 {
		err = s.whyNot(ctx, n.ID)
	}
	return err
}

func (s *postgresNotes) whyNot(ctx context.Context, id kit.UUID) error {
	found, err := s.exists.Row(ctx, func(postgresstore.Scanner) error { return nil }, id.String())
	switch {
	case err != nil:
		return err
	case found:
		return kit.Errorf(kit.Conflict, "the note is of another version by now")
	default:
		return kit.Errorf(kit.NotFound, "there is no note %s", id)
	}
}

func (s *postgresNotes) Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error {
	changed, err := s.remove.Change(ctx, events, id.String())
	if err == nil && changed == 0 {
		err = s.whyNot(ctx, id)
	}
	return err
}

func (s *postgresNotes) List(ctx context.Context, page kit.Page) (kit.Listing[note], error) {
	return s.page(ctx, s.list, page, page.After.String(), page.Limit+1)
}

func (s *postgresNotes) findByTitle(ctx context.Context, title string, page kit.Page) (kit.Listing[note], error) {
	return s.page(ctx, s.find, page, title, page.After.String(), page.Limit+1)
}

func (s *postgresNotes) page(ctx context.Context, st *postgresstore.Statement, page kit.Page, args ...any) (kit.Listing[note], error) {
	var notes []note
	err := st.Rows(ctx, func(row postgresstore.Scanner) error {
		n, err := noteFromRow(row)
		notes = append(notes, n)
		return err
	}, args...)
	return kit.Trim(notes, page.Limit, func(n note) kit.UUID { return n.ID }), err
}
