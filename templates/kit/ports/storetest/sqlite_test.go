package storetest_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/adapters/sqlite"
	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports/storetest"
)

func TestNotesInSQLite(t *testing.T) {
	s := noteSubject()
	s.Open = sqliteKeeper
	s.Finds = []storetest.Find[note]{{
		Name:  "FindByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note, page domain.Page) (domain.Listing[note], error) {
			return k.Store.(*sqliteNotes).findByTitle(ctx, like.Title, page)
		},
	}}
	s.Counts = []storetest.Count[note]{{
		Name:  "CountByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (n int64, err error) {
			_, err = k.Store.(*sqliteNotes).count.Row(ctx, func(row sqlite.Scanner) error { return row.Scan(&n) }, like.Title)
			return n, err
		},
	}}
	storetest.Entities(t, s)
}

// sqliteNotes keeps notes in SQLite, by hand.
type sqliteNotes struct {
	db                                                     *sqlite.DB
	insert, get, update, exists, remove, list, find, count *sqlite.Statement
}

const noteColumns = `"id", "title", "body", "tags", "score", "rank", "pinned", "took", "due", "scan", "version", "created_at"`

func sqliteKeeper(t *testing.T) storetest.Keeper[note] {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "notes.db")}, noteCodec{})
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
	var create *sqlite.Statement
	err := s.db.PrepareAll(ctx, map[**sqlite.Statement]string{
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
	return s.db.PrepareAll(ctx, map[**sqlite.Statement]string{
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

func scanNote(row sqlite.Scanner) (n note, err error) {
	var id, tags []byte
	var due *int64
	var created int64
	err = row.Scan(&id, &n.Title, &n.Body, &tags, &n.Score, &n.Rank, &n.Pinned, &n.Took, &due, &n.Scan,
		&n.Version, &created)
	if err != nil {
		return n, err
	}
	n.ID = domain.UUID(id)
	n.CreatedAt = time.UnixMicro(created).UTC()
	if due != nil {
		at := time.UnixMicro(*due).UTC()
		n.Due = &at
	}
	return n, json.Unmarshal(tags, &n.Tags)
}

func (s *sqliteNotes) Insert(ctx context.Context, n note, events ...domain.Event) error {
	return s.db.Write(ctx, func(ctx context.Context) error {
		if _, err := s.insert.Exec(ctx, noteArgs(n)...); err != nil {
			return err
		}
		return s.db.Emit(ctx, events...)
	})
}

func (s *sqliteNotes) Get(ctx context.Context, id domain.UUID) (n note, err error) {
	found, err := s.get.Row(ctx, func(row sqlite.Scanner) (err error) {
		n, err = scanNote(row)
		return err
	}, id[:])
	if err == nil && !found {
		err = domain.Errorf(domain.NotFound, "there is no note %s", id)
	}
	return n, err
}

func (s *sqliteNotes) Update(ctx context.Context, n note, events ...domain.Event) error {
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

func (s *sqliteNotes) whyNot(ctx context.Context, id domain.UUID) error {
	found, err := s.exists.Row(ctx, func(sqlite.Scanner) error { return nil }, id[:])
	switch {
	case err != nil:
		return err
	case found:
		return domain.Errorf(domain.Conflict, "the note is of another version by now")
	default:
		return domain.Errorf(domain.NotFound, "there is no note %s", id)
	}
}

func (s *sqliteNotes) Delete(ctx context.Context, id domain.UUID, events ...domain.Event) error {
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

func (s *sqliteNotes) List(ctx context.Context, page domain.Page) (domain.Listing[note], error) {
	return s.page(ctx, s.list, page, page.After[:], page.Limit+1)
}

func (s *sqliteNotes) findByTitle(ctx context.Context, title string, page domain.Page) (domain.Listing[note], error) {
	return s.page(ctx, s.find, page, title, page.After[:], page.Limit+1)
}

func (s *sqliteNotes) page(ctx context.Context, st *sqlite.Statement, page domain.Page, args ...any) (domain.Listing[note], error) {
	var notes []note
	err := st.Rows(ctx, func(row sqlite.Scanner) error {
		n, err := scanNote(row)
		notes = append(notes, n)
		return err
	}, args...)
	return domain.Trim(notes, page.Limit, func(n note) domain.UUID { return n.ID }), err
}
