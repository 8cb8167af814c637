package storetest_test

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

func TestNotesInMemory(t *testing.T) { storetest.Entities(t, notesInMemory()) }

// TestNotesWithoutVersions: what counts their changes is a field like any other.
func TestNotesWithoutVersions(t *testing.T) {
	s := noteSubject()
	s.Version = nil
	s.Open = func(*testing.T) storetest.Keeper[note] {
		return keeperOf(memorystore.Mapping[note, kit.UUID]{Clone: cloneNote})
	}
	storetest.Entities(t, s)
}

func TestCachedNotesInMemory(t *testing.T) { storetest.Entities(t, cachedSubject(notesInMemory())) }

func notesInMemory() storetest.Subject[note] {
	s := noteSubject()
	s.Open = func(*testing.T) storetest.Keeper[note] { return memoryKeeper(cloneNote) }
	s.Finds = []storetest.Find[note]{{
		Name:  "FindByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note, page kit.Page) (kit.Listing[note], error) {
			return k.Store.(*memorystore.Table[note, kit.UUID]).Find(ctx, page, func(n *note) bool { return sameTitle(like, *n) })
		},
	}}
	s.Counts = []storetest.Count[note]{{
		Name:  "CountByTitle",
		Match: sameTitle, Align: alignTitle,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			return k.Store.(*memorystore.Table[note, kit.UUID]).Count(ctx, func(n *note) bool { return sameTitle(like, *n) })
		},
	}, {
		Name:  "ExistsByTitle",
		Match: sameTitle, Align: alignTitle, Exists: true,
		Call: func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			n, err := k.Store.(*memorystore.Table[note, kit.UUID]).Count(ctx, func(n *note) bool { return sameTitle(like, *n) })
			return min(n, 1), err
		},
	}}
	return s
}

func sameTitle(like, n note) bool { return like.Title == n.Title }

func alignTitle(n *note, like note) { n.Title = like.Title }

// memoryKeeper returns a store of notes in memory that copies with the function.
func memoryKeeper(clone func(note) note) storetest.Keeper[note] {
	return keeperOf(memorystore.Mapping[note, kit.UUID]{Version: func(n *note) int64 { return n.Version }, Clone: clone})
}

func keeperOf(m memorystore.Mapping[note, kit.UUID]) storetest.Keeper[note] {
	m.Entity, m.Key = "note", func(n *note) kit.UUID { return n.ID }
	db := memorystore.New(noteCodec{})
	table := memorystore.NewTable(db, m)
	return storetest.Keeper[note]{
		Store: table, Insert: table.Insert, Get: getBy(table.Get), Update: table.Update, Delete: deleteBy(table.Delete),
		List: table.List, Tx: db, Out: db,
	}
}
