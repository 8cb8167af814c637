package cachedstore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachedstore"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/memorycache"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
)

var _ delivery.Handler = (*cachedstore.Cache)(nil)

// book is an entity.
type book struct {
	ID      kit.UUID
	Author  string
	Tags    []string
	Secret  string `json:"-"` // which its JSON does not hold
	Version int64
}

func appendBook(b []byte, v book) []byte {
	text, _ := json.Marshal(v)
	return append(b, text...)
}

func readBook(data []byte) (v book, err error) {
	err = json.Unmarshal(data, &v)
	return v, err
}

type codec struct{}

func (codec) Encode(e kit.Event) ([]byte, error) {
	return cachedstore.AppendChanged(nil, e.(cachedstore.Changed)), nil
}

func (codec) Decode(_ string, payload []byte) (kit.Event, error) {
	return cachedstore.ReadChanged(payload)
}

// away is a driver that can be away.
type away struct {
	cache.Driver
	away atomic.Bool
}

func (d *away) Delete(ctx context.Context, keys ...string) error {
	if d.away.Load() {
		return kit.Errorf(kit.Unavailable, "away")
	}
	return d.Driver.Delete(ctx, keys...)
}

// shelf is a store of books behind a cache.
type shelf struct {
	t      *testing.T
	db     *memorystore.DB
	books  *memorystore.Table[book, kit.UUID]
	driver *away
	cache  *cachedstore.Cache
	table  *cachedstore.Table[book]
	log    *bytes.Buffer
	reads  int
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	memory, err := memorycache.New(memorycache.Config{})
	assert.NoError(t, err)
	s := &shelf{t: t, db: memorystore.New(codec{}), driver: &away{Driver: memory}, log: new(bytes.Buffer)}
	s.books = memorystore.NewTable(s.db, memorystore.Mapping[book, kit.UUID]{
		Entity: "book", Key: func(b *book) kit.UUID { return b.ID }, Version: func(b *book) int64 { return b.Version },
		Clone: func(b book) book {
			b.Tags = slices.Clone(b.Tags)
			return b
		},
	})
	log := slog.New(slog.NewTextHandler(s.log, nil))
	values := cache.New(cache.Config{MaxValue: 1 << 20, Absent: time.Hour}, s.driver, log)
	t.Cleanup(func() { _ = values.Close() })
	s.cache = cachedstore.New(values, s.db, log)
	s.table = s.shaped(1)
	return s
}

// shaped returns a table of a version of the service whose books have the shape.
func (s *shelf) shaped(shape uint64) *cachedstore.Table[book] {
	return cachedstore.NewTable(s.cache, time.Hour, cachedstore.Mapping[book]{
		Table: "books", Shape: shape, Append: appendBook, Read: readBook,
	})
}

func (s *shelf) get(ctx context.Context, id kit.UUID) (book, error) {
	return s.table.Get(ctx, kit.CursorOf(id), func(ctx context.Context) (book, error) {
		s.reads++
		return s.books.Get(ctx, id)
	})
}

func (s *shelf) by(ctx context.Context, author string, page kit.Page) (kit.Listing[book], error) {
	return s.table.Find(ctx, page, func(ctx context.Context) (kit.Listing[book], error) {
		s.reads++
		return s.books.Find(ctx, page, func(b *book) bool { return b.Author == author })
	}, "FindByAuthor", author)
}

func (s *shelf) insert(ctx context.Context, b book) error {
	return s.table.Change(ctx, []kit.Cursor{kit.CursorOf(b.ID)}, nil, func(ctx context.Context, events ...kit.Event) error { return s.books.Insert(ctx, b, events...) })
}

func (s *shelf) update(ctx context.Context, b book) error {
	return s.table.Change(ctx, []kit.Cursor{kit.CursorOf(b.ID)}, nil, func(ctx context.Context, events ...kit.Event) error { return s.books.Update(ctx, b, events...) })
}

// has fails the test unless a book is by the author, which the store is asked for so often.
func (s *shelf) has(ctx context.Context, id kit.UUID, author string, reads int) {
	s.t.Helper()
	before := s.reads
	b, err := s.get(ctx, id)
	if err != nil || b.Author != author || s.reads-before != reads {
		s.t.Errorf("got %q after %d reads: %v, want %q after %d", b.Author, s.reads-before, err, author, reads)
	}
}

// lists is has of a list.
func (s *shelf) lists(ctx context.Context, author string, want, reads int) {
	s.t.Helper()
	before := s.reads
	found, err := s.by(ctx, author, kit.Page{Limit: 10})
	if err != nil || len(found.Items) != want || s.reads-before != reads {
		s.t.Errorf("got %d books by %s after %d reads: %v, want %d after %d", len(found.Items), author, s.reads-before, err, want, reads)
	}
}

// filled returns a shelf with a book that is in the cache.
func filled(t *testing.T) (*shelf, book) {
	t.Helper()
	s, b := newShelf(t), book{ID: kit.NewUUID(), Author: "Mann", Tags: []string{"a"}, Version: 1}
	assert.NoError(t, s.insert(t.Context(), b))
	s.has(t.Context(), b.ID, "Mann", 1)
	s.has(t.Context(), b.ID, "Mann", 0)
	s.lists(t.Context(), "Mann", 1, 1)
	s.lists(t.Context(), "Mann", 1, 0)
	s.lists(t.Context(), "Böll", 0, 1)
	s.lists(t.Context(), "Böll", 0, 0)
	return s, b
}

// by returns the next version of a book, by another author.
func (b book) by(author string) book {
	b.Author, b.Version = author, b.Version+1
	return b
}

func TestChangesAreSeen(t *testing.T) {
	s, b := filled(t)
	assert.NoError(t, s.update(t.Context(), b.by("Böll")))
	s.has(t.Context(), b.ID, "Böll", 1)
	s.has(t.Context(), b.ID, "Böll", 0)
	s.lists(t.Context(), "Mann", 0, 1)
	s.lists(t.Context(), "Böll", 1, 1)
	other := book{ID: kit.NewUUID(), Author: "Böll", Version: 1}
	_, err := s.get(t.Context(), other.ID)
	assert.Code(t, err, kit.NotFound)
	assert.NoError(t, s.insert(t.Context(), other)) // though it is known that there is none
	s.has(t.Context(), other.ID, "Böll", 1)
	s.lists(t.Context(), "Böll", 2, 1)
}

// TestSeveralAreChanged shows that all that is changed at once is seen, and told.
func TestSeveralAreChanged(t *testing.T) {
	s, b := filled(t)
	s.told()
	s.has(t.Context(), b.ID, "Mann", 1)
	other := book{ID: kit.NewUUID(), Author: "Böll", Version: 1}
	_, err := s.get(t.Context(), other.ID)
	assert.Code(t, err, kit.NotFound)
	assert.NoError(t, s.table.Change(t.Context(), []kit.Cursor{kit.CursorOf(b.ID), kit.CursorOf(other.ID)}, nil, func(ctx context.Context, events ...kit.Event) error {
		return errors.Join(s.books.Update(ctx, b.by("Böll"), events...), s.books.Insert(ctx, other))
	}))
	s.has(t.Context(), b.ID, "Böll", 1)
	s.has(t.Context(), other.ID, "Böll", 1)
	s.lists(t.Context(), "Böll", 2, 1)
	if n := s.told(); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestHitsAreCopies(t *testing.T) {
	s, b := filled(t)
	for range 2 {
		got, err := s.get(t.Context(), b.ID)
		assert.NoError(t, err)
		found, err := s.by(t.Context(), "Mann", kit.Page{Limit: 10})
		assert.NoError(t, err)
		if got.Tags[0] != "a" || found.Items[0].Tags[0] != "a" {
			t.Errorf("got %v and %v", got, found)
		}
		got.Tags[0], found.Items[0].Tags[0] = "changed", "changed"
	}
}

// TestPages shows that each page of a list is kept by itself.
func TestPages(t *testing.T) {
	s, b := filled(t)
	second := book{ID: kit.UUID{0: 0xff}, Author: "Mann", Version: 1} // the last one
	assert.NoError(t, s.insert(t.Context(), second))
	for range 2 {
		first, err := s.by(t.Context(), "Mann", kit.Page{Limit: 1})
		if err != nil || len(first.Items) != 1 || first.Items[0].ID != b.ID || first.Next != kit.CursorOf(b.ID) {
			t.Errorf("got %v, %v", first, err)
		}
		rest, err := s.by(t.Context(), "Mann", kit.Page{Limit: 1, After: first.Next})
		if err != nil || len(rest.Items) != 1 || rest.Items[0].ID != second.ID || !rest.Next.IsZero() {
			t.Errorf("got %v, %v", rest, err)
		}
	}
}

var errUndo = errors.New("undo")

// TestTransactions shows that a transaction sees what it changes and nobody else does,
// until it is committed, and nobody ever if it is not.
func TestTransactions(t *testing.T) {
	for _, keep := range []error{nil, errUndo} {
		s, b := filled(t)
		err := s.cache.Within(t.Context(), func(ctx context.Context) error {
			s.has(ctx, b.ID, "Mann", 1)
			assert.NoError(t, s.update(ctx, b.by("Böll")))
			s.has(ctx, b.ID, "Böll", 1)
			s.lists(ctx, "Böll", 1, 1)
			s.has(t.Context(), b.ID, "Mann", 0)
			s.lists(t.Context(), "Böll", 0, 0)
			err := s.cache.Within(ctx, func(ctx context.Context) error {
				s.has(ctx, b.ID, "Böll", 1)
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				t.Errorf("got %v", err)
			}
			return keep
		})
		if !errors.Is(err, keep) {
			t.Errorf("got %v", err)
		}
		s.has(t.Context(), b.ID, map[error]string{nil: "Böll", errUndo: "Mann"}[keep], 1)
	}
}

// TestPanic shows that a transaction that panics has what it changed forgotten.
func TestPanic(t *testing.T) {
	s, b := filled(t)
	func() {
		defer func() { _ = recover() }()
		_ = s.cache.Within(t.Context(), func(ctx context.Context) error {
			assert.NoError(t, s.update(ctx, b.by("Böll")))
			panic("at the disco")
		})
	}()
	s.has(t.Context(), b.ID, "Mann", 1)
}

// TestRefusedChanges shows that who was refused, since what they had read is not current,
// reads what is.
func TestRefusedChanges(t *testing.T) {
	s, b := filled(t)
	assert.NoError(t, s.books.Update(t.Context(), b.by("Böll"))) // by someone who tells nobody
	s.has(t.Context(), b.ID, "Mann", 0)
	assert.Code(t, s.update(t.Context(), b.by("Kafka")), kit.Conflict)
	s.has(t.Context(), b.ID, "Böll", 1)
}

// told has the events of the outbox handled.
func (s *shelf) told() int {
	s.t.Helper()
	messages, err := s.db.Claim(s.t.Context(), 100, time.Hour)
	assert.NoError(s.t, err)
	for _, m := range messages {
		e, err := codec{}.Decode(m.Topic, m.Payload)
		assert.NoError(s.t, err)
		if m.Topic != cachedstore.Topic || m.Key != e.Key() {
			s.t.Errorf("got %v", m)
		}
		assert.NoError(s.t, s.cache.Handle(s.t.Context(), e, m.ID))
	}
	return len(messages)
}

// TestLostRemoval shows that the event of a change removes what the process that made it
// could not, or died before it did.
func TestLostRemoval(t *testing.T) {
	s, b := filled(t)
	s.told()
	s.has(t.Context(), b.ID, "Mann", 1)
	s.driver.away.Store(true)
	assert.NoError(t, s.update(t.Context(), b.by("Böll")))
	s.driver.away.Store(false)
	s.has(t.Context(), b.ID, "Mann", 0)
	if n := s.told(); n != 1 {
		t.Errorf("%d events", n)
	}
	s.has(t.Context(), b.ID, "Böll", 1)
	s.lists(t.Context(), "Böll", 1, 1)
}

// TestCacheIsAway shows that an event is not handled again and again for a cache that is
// away, and that it is told.
func TestCacheIsAway(t *testing.T) {
	s, b := filled(t)
	s.driver.away.Store(true)
	old := cachedstore.Changed{Table: "books", Entity: kit.CursorOf(b.ID), At: time.Now().Add(-time.Minute)}
	assert.NoError(t, s.cache.Handle(t.Context(), old, kit.NewUUID()))
	if s.cache.Lost() != 1 || !strings.Contains(s.log.String(), b.ID.String()) {
		t.Errorf("%d lost\n%s", s.cache.Lost(), s.log)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Code(t, s.cache.Handle(ended, cachedstore.Changed{Table: "books", Entity: kit.CursorOf(b.ID), At: time.Now()}, kit.NewUUID()), kit.Unavailable)
}

// TestOtherShape shows that versions of a service whose entities differ do not read what the
// other has kept, and remove it.
func TestOtherShape(t *testing.T) {
	s, b := filled(t)
	old := s.table
	s.table = s.shaped(2)
	s.has(t.Context(), b.ID, "Mann", 1)
	assert.NoError(t, s.update(t.Context(), b.by("Böll")))
	s.table = old
	s.has(t.Context(), b.ID, "Böll", 1)
}

// TestLossy shows that what cannot be read as it is, is not kept.
func TestLossy(t *testing.T) {
	s, b := filled(t)
	b.Secret = "hidden"
	b = b.by("Böll")
	assert.NoError(t, s.update(t.Context(), b))
	for range 2 {
		got, err := s.get(t.Context(), b.ID)
		if err != nil || got.Secret != "hidden" {
			t.Errorf("got %v, %v", got, err)
		}
		s.has(t.Context(), b.ID, "Böll", 1)
	}
	if n := strings.Count(s.log.String(), "does not hold all of it"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, s.log)
	}
}

// TestStoreWithoutEvents shows that an event is kept for a change also where the port takes
// none.
func TestStoreWithoutEvents(t *testing.T) {
	s, b := filled(t)
	s.told()
	change := func(err error) error {
		return s.table.ChangeAlone(t.Context(), []kit.Cursor{kit.CursorOf(b.ID)}, func(ctx context.Context) error {
			return errors.Join(s.books.Update(ctx, b.by("Böll")), err)
		})
	}
	if err := change(errUndo); !errors.Is(err, errUndo) || s.told() != 0 {
		t.Errorf("got %v", err)
	}
	s.has(t.Context(), b.ID, "Mann", 1)
	assert.NoError(t, change(nil))
	s.has(t.Context(), b.ID, "Böll", 1)
	if n := s.told(); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestAge(t *testing.T) {
	s, b := filled(t)
	answer := func(method string, status int) http.Header {
		w := httptest.NewRecorder()
		handler := cachedstore.Age(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := s.get(r.Context(), b.ID)
			assert.NoError(t, err)
			if status != http.StatusOK {
				w.WriteHeader(status)
			}
			_, _ = w.Write(nil)
		}))
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/", nil))
		return w.Result().Header
	}
	for _, c := range []struct {
		method string
		status int
		want   []string
	}{
		{http.MethodGet, 200, []string{"0"}},
		{http.MethodHead, 304, []string{"0"}},
		{http.MethodGet, 404, nil},
		{http.MethodPost, 200, nil},
	} {
		if got := answer(c.method, c.status)["Age"]; !slices.Equal(got, c.want) {
			t.Errorf("%s %d: age %q, want %q", c.method, c.status, got, c.want)
		}
	}
	assert.NoError(t, s.update(t.Context(), b.by("Böll")))
	if got := answer(http.MethodGet, 200)["Age"]; got != nil {
		t.Errorf("what is read has the age %q", got)
	}
}

func TestCheckTTL(t *testing.T) {
	for ttl, fits := range map[time.Duration]bool{
		0: true, time.Second: true, 24 * time.Hour: true, -1: false, time.Millisecond: false, 25 * time.Hour: false,
	} {
		told := false
		cachedstore.CheckTTL(func(string, string) { told = true }, "Books", ttl)
		if told == fits {
			t.Errorf("%v: told %v", ttl, told)
		}
	}
}
