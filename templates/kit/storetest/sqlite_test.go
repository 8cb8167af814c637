package storetest_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

func TestNotesInSQLite(t *testing.T) {
	s := noteSubject()
	s.Open = sqliteKeeper
	s.Finds = []storetest.Find[note]{{
		Name:  "FindByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note, page kit.Page) (kit.Listing[note], error) {
			return k.Store.(*sqliteNotes).findByTitle(ctx, like.Title, page)
		},
	}}
	s.Counts = []storetest.Count[note]{{
		Name:  "CountByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (n int64, err error) {
			_, err = k.Store.(*sqliteNotes).count.Row(ctx, func(row sqlitestore.Scanner) error { return row.Scan(&n) }, like.Title)
			return n, err
		},
	}}
	storetest.Entities(t, s)
}

// sqliteNotes keeps notes in SQLite, by hand.
type sqliteNotes struct {
	db                                                     *sqlitestore.DB
	insert, get, update, exists, remove, list, find, count *sqlitestore.Statement
}

const noteColumns = `"id", "title", "body", "tags", "score", "rank", "pinned", "took", "due", "scan", "version", "created_at"`

func sqliteKeeper(t *testing.T) storetest.Keeper[note] {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "notes.db")}, noteCodec{})
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
		err = db.Migrate(t.Context())
	}
	s := &sqliteNotes{db: db}
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

func (s *sqliteNotes) prepare(ctx context.Context) error {
	var create *sqlitestore.Statement
	err := s.db.PrepareAll(ctx, map[**sqlitestore.Statement]string{
		&create: `CREATE TABLE "note" ("id" BLOB NOT NULL PRIMARY KEY, "title" TEXT NOT NULL, "body" TEXT,
			"tags" TEXT, "score" REAL NOT NULL, "rank" INTEGER, "pinned" INTEGER NOT NULL, "took" INTEGER NOT NULL,
			"due" INTEGER, "scan" BLOB, "version" INTEGER NOT NULL, "created_at" INTEGER NOT NULL) STRICT`,
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
	return s.db.PrepareAll(ctx, map[**sqlitestore.Statement]string{
		&s.insert: `INSERT INTO "note" (` + noteColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		&s.get:    `SELECT ` + noteColumns + ` FROM "note" WHERE "id" = ?`,
		&s.update: `UPDATE "note" SET (` + noteColumns + `) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			WHERE "id" = ? AND "version" = ?`,
		&s.exists: `SELECT 1 FROM "note" WHERE "id" = ?`,
		&s.remove: `DELETE FROM "note" WHERE "id" = ?`,
		&s.list:   `SELECT ` + noteColumns + ` FROM "note" WHERE "id" > ? ORDER BY "id" LIMIT ?`,
		&s.count:  `SELECT count(*) FROM "note" WHERE "title" = ?`,
		&s.find:   `SELECT ` + noteColumns + ` FROM "note" WHERE "title" = ? AND "id" > ? ORDER BY "id" LIMIT ?`,
	})
}

func noteArgs(n note) []any {
	tags, _ := json.Marshal(n.Tags) // strings can always be written
	var due *int64
	if n.Due != nil {
		micros := n.Due.UnixMicro()
		due = &micros
	}
	return []any{n.ID[:], n.Title, n.Body, string(tags), n.Score, n.Rank, n.Pinned, int64(n.Took), due, n.Scan,
		n.Version, n.CreatedAt.UnixMicro()}
}

func scanNote(row sqlitestore.Scanner) (n note, err error) {
	var id, tags []byte
	var due *int64
	var created int64
	err = row.Scan(&id, &n.Title, &n.Body, &tags, &n.Score, &n.Rank, &n.Pinned, &n.Took, &due, &n.Scan,
		&n.Version, &created)
	if err != nil {
		return n, err
	}
	n.ID = kit.UUID(id)
	n.CreatedAt = time.UnixMicro(created).UTC()
	if due != nil {
		at := time.UnixMicro(*due).UTC()
		n.Due = &at
	}
	return n, json.Unmarshal(tags, &n.Tags)
}

func (s *sqliteNotes) Insert(ctx context.Context, n note, events ...kit.Event) error {
	return s.db.Write(ctx, func(ctx context.Context) error {
		if _, err := s.insert.Exec(ctx, noteArgs(n)...); err != nil {
			return err
		}
		return s.db.Emit(ctx, events...)
	})
}

func (s *sqliteNotes) Get(ctx context.Context, id kit.UUID) (n note, err error) {
	found, err := s.get.Row(ctx, func(row sqlitestore.Scanner) (err error) {
		n, err = scanNote(row)
		return err
	}, id[:])
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "there is no note %s", id)
	}
	return n, err
}

func (s *sqliteNotes) Update(ctx context.Context, n note, events ...kit.Event) error {
	return s.db.Write(ctx, func(ctx context.Context) error {
		affected, err := s.update.Exec(ctx, append(noteArgs(n), n.ID[:], n.Version-1)...)
		if err != nil {
			return err
		}
		if affected == 0 {
			return s.whyNot(ctx, n.ID)
		}
		return s.db.Emit(ctx, events...)
	})
}

func (s *sqliteNotes) whyNot(ctx context.Context, id kit.UUID) error {
	found, err := s.exists.Row(ctx, func(sqlitestore.Scanner) error { return nil }, id[:])
	switch {
	case err != nil:
		return err
	case found:
		return kit.Errorf(kit.Conflict, "the note is of another version by now")
	default:
		return kit.Errorf(kit.NotFound, "there is no note %s", id)
	}
}

func (s *sqliteNotes) Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error {
	return s.db.Write(ctx, func(ctx context.Context) error {
		affected, err := s.remove.Exec(ctx, id[:])
		if err != nil {
			return err
		}
		if affected == 0 {
			return s.whyNot(ctx, id)
		}
		return s.db.Emit(ctx, events...)
	})
}

func (s *sqliteNotes) List(ctx context.Context, page kit.Page) (kit.Listing[note], error) {
	return s.page(ctx, s.list, page, page.After[:], page.Limit+1)
}

func (s *sqliteNotes) findByTitle(ctx context.Context, title string, page kit.Page) (kit.Listing[note], error) {
	return s.page(ctx, s.find, page, title, page.After[:], page.Limit+1)
}

func (s *sqliteNotes) page(ctx context.Context, st *sqlitestore.Statement, page kit.Page, args ...any) (kit.Listing[note], error) {
	var notes []note
	err := st.Rows(ctx, func(row sqlitestore.Scanner) error {
		n, err := scanNote(row)
		notes = append(notes, n)
		return err
	}, args...)
	return kit.Trim(notes, page.Limit, func(n note) kit.UUID { return n.ID }), err
}
