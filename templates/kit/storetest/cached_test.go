package storetest_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachedstore"
	"github.com/outgrowkit/outgrow/templates/kit/memorycache"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// cachedNotes is a store of notes behind a cache, as one is derived.
type cachedNotes struct {
	storetest.Keeper[note]

	table *cachedstore.Table[note]
}

// cachedSubject puts a cache in front of the stores of a subject.
func cachedSubject(s storetest.Subject[note]) storetest.Subject[note] {
	open := s.Open
	s.Open = func(t *testing.T) storetest.Keeper[note] { return cachedKeeper(t, open(t)) }
	s.Finds, s.Counts = slices.Clone(s.Finds), slices.Clone(s.Counts)
	for i, find := range s.Finds {
		s.Finds[i].Call = func(ctx context.Context, k storetest.Keeper[note], like note, page kit.Page) (kit.Listing[note], error) {
			s := k.Store.(cachedNotes)
			return s.table.Find(ctx, page, func(ctx context.Context) (kit.Listing[note], error) {
				return find.Call(ctx, s.Keeper, like, page)
			}, find.Name, like.Title)
		}
	}
	for i, count := range s.Counts {
		s.Counts[i].Call = func(ctx context.Context, k storetest.Keeper[note], like note) (int64, error) {
			return count.Call(ctx, k.Store.(cachedNotes).Keeper, like)
		}
	}
	return s
}

func cachedKeeper(t *testing.T, k storetest.Keeper[note]) storetest.Keeper[note] {
	t.Helper()
	driver, err := memorycache.New(memorycache.Config{})
	if err != nil {
		t.Fatal(err)
	}
	values := cache.New(cache.Config{MaxValue: 1 << 20, Absent: time.Hour}, driver, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = values.Close() })
	c := cachedstore.New(values, k.Tx.(cachedstore.Database), slog.New(slog.DiscardHandler))
	table := cachedstore.NewTable(c, time.Hour, cachedstore.Mapping[note]{Table: "notes", Append: appendNote, Read: readNote})
	behind := k
	k.Store = cachedNotes{behind, table}
	k.Get = func(ctx context.Context, like note) (note, error) {
		return table.Get(ctx, kit.CursorOf(like.ID), func(ctx context.Context) (note, error) { return behind.Get(ctx, like) })
	}
	k.Insert = func(ctx context.Context, n note, events ...kit.Event) error {
		return table.Change(ctx, []kit.Cursor{kit.CursorOf(n.ID)}, events, func(ctx context.Context, events ...kit.Event) error {
			return behind.Insert(ctx, n, events...)
		})
	}
	k.Update = func(ctx context.Context, n note, events ...kit.Event) error {
		return table.Change(ctx, []kit.Cursor{kit.CursorOf(n.ID)}, events, func(ctx context.Context, events ...kit.Event) error {
			return behind.Update(ctx, n, events...)
		})
	}
	k.Delete = func(ctx context.Context, like note, events ...kit.Event) error {
		return table.Change(ctx, []kit.Cursor{kit.CursorOf(like.ID)}, events, func(ctx context.Context, events ...kit.Event) error {
			return behind.Delete(ctx, like, events...)
		})
	}
	k.Tx, k.Out = c, ownEvents{k.Out}
	return k
}

// ownEvents is an outbox without the events of cached stores.
type ownEvents struct{ storetest.Outbox }

func (o ownEvents) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	claimed, err := o.Outbox.Claim(ctx, limit, lease)
	return slices.DeleteFunc(claimed, func(m kit.Message) bool { return m.Topic == cachedstore.Topic }), err
}

func appendNote(b []byte, n note) []byte {
	text, _ := json.Marshal(n) // what cannot be written is not read
	return append(b, text...)
}

func readNote(data []byte) (n note, err error) {
	err = json.Unmarshal(data, &n)
	return n, err
}
