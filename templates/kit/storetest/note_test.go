package storetest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing/fstest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cachedstore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// note is an entity with a field of each kind.
type note struct {
	ID kit.UUID
	noteDetails
	Version   int64
	CreatedAt time.Time
}

type noteDetails struct {
	Title  string
	Body   *string
	Tags   []string
	Score  float64
	Rank   *int64
	Pinned bool
	Took   time.Duration
	Due    *time.Time
	Scan   []byte
}

type noteWritten struct{ Note note }

func (noteWritten) Topic() string { return "note.written" }
func (e noteWritten) Key() string { return e.Note.ID.String() }

type noteCodec struct{}

func (noteCodec) Encode(e kit.Event) ([]byte, error) {
	switch e.(type) {
	case noteWritten, cachedstore.Changed:
		return json.Marshal(e)
	}
	return nil, kit.Errorf(kit.Invalid, "unknown event %T", e)
}

func (noteCodec) Decode(_ string, payload []byte) (kit.Event, error) {
	var e noteWritten
	return e, json.Unmarshal(payload, &e)
}

// noteSubject is what the suite needs to know of notes, but for the store.
func noteSubject() storetest.Subject[note] {
	return storetest.Subject[note]{
		Sample:  sampleNote,
		Key:     func(n note) kit.Cursor { return kit.CursorOf(n.ID) },
		Version: func(n *note) *int64 { return &n.Version },
		Change:  changeNote,
		Event:   func(n note) kit.Event { return noteWritten{n} },
	}
}

func sampleNote(i int) note {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC).Add(time.Duration(i) * time.Minute)
	n := note{ID: kit.UUID{0: byte(i * 7), 6: 0x70, 15: byte(i)}, Version: 1, CreatedAt: at}
	n.Title = fmt.Sprint("note ", i)
	n.Tags = []string{}
	n.Took = time.Duration(i) * time.Second
	if i%2 == 0 {
		body, rank, due := fmt.Sprint("body ", i), int64(i), at.AddDate(0, 1, 0)
		n.Body, n.Rank, n.Due = &body, &rank, &due
		n.Tags = []string{"a", fmt.Sprint(i)}
		n.Score, n.Pinned, n.Scan = float64(i)/3, true, []byte{0, byte(i)}
	}
	return n
}

func changeNote(n *note) {
	n.Version++
	n.Title += "'"
	body, rank, due := n.Title+" body", n.Version, n.CreatedAt.Add(time.Microsecond)
	n.Body, n.Rank, n.Due = &body, &rank, &due
	n.Tags = append(slices.Clone(n.Tags), "changed")
	n.Score++
	n.Pinned = !n.Pinned
	n.Took += time.Nanosecond
	n.Scan = append(slices.Clone(n.Scan), 1)
	n.CreatedAt = n.CreatedAt.Add(time.Second)
}

// cloneNote copies everything that can be changed through a copy.
func cloneNote(n note) note {
	n.Body, n.Rank, n.Due = clone(n.Body), clone(n.Rank), clone(n.Due)
	n.Tags, n.Scan = slices.Clone(n.Tags), slices.Clone(n.Scan)
	return n
}

func clone[V any](v *V) *V {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

const noteColumns = `"id", "title", "body", "tags", "score", "rank", "pinned", "took", "due", "scan", "version", "created_at"`

// noteSchema returns a schema with a table of notes that has the columns.
func noteSchema(columns string) kit.Schema {
	text := "-- +goose Up\nCREATE TABLE \"note\" (" + columns + ");\n"
	return kit.Schema{Project: "notes", Migrations: fstest.MapFS{
		"migrations/20260101000000000_note.sql": &fstest.MapFile{Data: []byte(text)},
	}}
}

func writeTags(b []byte, tags []string) []byte {
	text, _ := json.Marshal(tags) // strings can always be written
	return append(b, text...)
}

func readTags(data []byte) (tags []string, err error) { return tags, json.Unmarshal(data, &tags) }

// getBy and deleteBy have methods of a store take the note instead of its ID.
func getBy(get func(context.Context, kit.UUID) (note, error)) func(context.Context, note) (note, error) {
	return func(ctx context.Context, like note) (note, error) { return get(ctx, like.ID) }
}

func deleteBy(remove func(context.Context, kit.UUID, ...kit.Event) error) func(context.Context, note, ...kit.Event) error {
	return func(ctx context.Context, like note, events ...kit.Event) error {
		return remove(ctx, like.ID, events...)
	}
}
