package httpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// A note stands for any entity. The handlers and the client below have the
// form in which they are derived for the services of a project.
type note struct {
	ID      kit.UUID `json:"id"`
	Text    string   `json:"text"`
	Version int64    `json:"version"`
}

type notesPort interface {
	Create(ctx context.Context, text string) (note, error)
	Get(ctx context.Context, id kit.UUID) (note, error)
	List(ctx context.Context, page kit.Page) (kit.Listing[note], error)
	Find(ctx context.Context, text string, lengths []int32) (kit.Listing[note], error)
	Update(ctx context.Context, id kit.UUID, version int64, text string) (note, error)
	Delete(ctx context.Context, id kit.UUID) error
}

type noteHandlers struct{ offers notesPort }

func mountNotes(s *Server, offers notesPort) {
	h := noteHandlers{offers}
	s.Post("/notes", h.create)
	s.Get("/notes/{id}", h.get)
	s.Get("/notes", h.list)
	s.Get("/notes/find", h.find)
	s.Versioned("PUT", "/notes/{id}", h.update)
	s.Delete("/notes/{id}", h.delete)
}

func (h noteHandlers) create(r *Request) (Response, error) {
	text, err := DecodeBody(r, readText, nil)
	if err != nil {
		return Response{}, err
	}
	n, err := h.offers.Create(r.Context(), text)
	if err != nil {
		return Response{}, err
	}
	return Response{Status: http.StatusCreated, Location: "/notes/" + n.ID.String(), Version: n.Version, Body: written(n)}, nil
}

func (h noteHandlers) get(r *Request) (Response, error) {
	id, err := r.PathUUID("id")
	if err != nil {
		return Response{}, err
	}
	n, err := h.offers.Get(r.Context(), id)
	if err != nil {
		return Response{}, err
	}
	return Response{Version: n.Version, Body: written(n)}, nil
}

func (h noteHandlers) list(r *Request) (Response, error) {
	q := r.Query()
	page := q.Page()
	if err := q.Err(); err != nil {
		return Response{}, err
	}
	l, err := h.offers.List(r.Context(), page)
	if err != nil {
		return Response{}, err
	}
	return Response{Body: written(l)}, nil
}

func (h noteHandlers) find(r *Request) (Response, error) {
	q := r.Query()
	text := Required(q, "text", jsoncodec.ReadString[string])
	lengths := Repeated(q, "length", jsoncodec.ReadInt[int32])
	if err := q.Err(); err != nil {
		return Response{}, err
	}
	l, err := h.offers.Find(r.Context(), text, lengths)
	if err != nil {
		return Response{}, err
	}
	return Response{Body: written(l)}, nil
}

func (h noteHandlers) update(r *Request) (Response, error) {
	id, err := r.PathUUID("id")
	if err != nil {
		return Response{}, err
	}
	version, err := r.Version()
	if err != nil {
		return Response{}, err
	}
	text, err := DecodeBody(r, readText, nil)
	if err != nil {
		return Response{}, err
	}
	n, err := h.offers.Update(r.Context(), id, version, text)
	if err != nil {
		return Response{}, err
	}
	return Response{Version: n.Version, Body: written(n)}, nil
}

func (h noteHandlers) delete(r *Request) (Response, error) {
	id, err := r.PathUUID("id")
	if err != nil {
		return Response{}, err
	}
	return Response{Status: http.StatusNoContent}, h.offers.Delete(r.Context(), id)
}

func readText(body []byte) (string, error) {
	var in struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return "", malformed(err.Error(), err)
	}
	if in.Text == nil {
		return "", kit.Violations{{Field: "text", Message: "is required"}}.Err("note")
	}
	return *in.Text, nil
}

func written(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// notesClient is a client of notes.
type notesClient struct{ caller *Caller }

func (c notesClient) Create(ctx context.Context, text string) (note, error) {
	return c.one(ctx, CallSpec{Method: http.MethodPost, Path: "/notes", Body: written(map[string]string{"text": text})})
}

func (c notesClient) Get(ctx context.Context, id kit.UUID) (note, error) {
	return c.one(ctx, CallSpec{Method: http.MethodGet, Path: "/notes/" + id.String()})
}

func (c notesClient) Update(ctx context.Context, id kit.UUID, version int64, text string) (note, error) {
	return c.one(ctx, CallSpec{
		Method:  http.MethodPut,
		Path:    "/notes/" + id.String(),
		Version: version,
		Body:    written(map[string]string{"text": text}),
	})
}

func (c notesClient) Delete(ctx context.Context, id kit.UUID) error {
	_, err := c.caller.Do(ctx, CallSpec{Method: http.MethodDelete, Path: "/notes/" + id.String()})
	return err
}

func (c notesClient) List(ctx context.Context, page kit.Page) (kit.Listing[note], error) {
	q := url.Values{"limit": {jsonText(page.Limit)}}
	if !page.After.IsZero() {
		q.Set("after", string(page.After))
	}
	return c.listing(ctx, CallSpec{Method: http.MethodGet, Path: "/notes", Query: q})
}

func (c notesClient) Find(ctx context.Context, text string, lengths []int32) (kit.Listing[note], error) {
	q := url.Values{"text": {text}}
	for _, n := range lengths {
		q.Add("length", jsonText(n))
	}
	return c.listing(ctx, CallSpec{Method: http.MethodGet, Path: "/notes/find", Query: q})
}

func jsonText(v any) string { return string(written(v)) }

func (c notesClient) one(ctx context.Context, spec CallSpec) (n note, err error) {
	body, err := c.caller.Do(ctx, spec)
	if err != nil {
		return n, err
	}
	return n, json.Unmarshal(body, &n)
}

func (c notesClient) listing(ctx context.Context, spec CallSpec) (l kit.Listing[note], err error) {
	body, err := c.caller.Do(ctx, spec)
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal(body, &l)
}

// ledger is the use case and the store of notes. A transaction holds its lock, and rolls
// back by restoring a copy.
type ledger struct {
	mu      sync.Mutex
	notes   map[kit.UUID]note
	replies map[string]kit.Reply
	created int
	// beforeRemember runs in the transaction between the handler and Remember, where
	// another process could be first.
	beforeRemember func(l *ledger)
}

type inLedger struct{}

func newLedger() *ledger {
	return &ledger{notes: map[kit.UUID]note{}, replies: map[string]kit.Reply{}}
}

func (l *ledger) Within(ctx context.Context, fn func(ctx context.Context) error) error {
	if ctx.Value(inLedger{}) != nil {
		return fn(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	notes := map[kit.UUID]note{}
	for id, n := range l.notes {
		notes[id] = n
	}
	err := fn(context.WithValue(ctx, inLedger{}, true))
	if err != nil {
		l.notes = notes
	}
	return err
}

func (l *ledger) Recall(_ context.Context, key string) (kit.Reply, error) {
	r, ok := l.replies[key]
	if !ok {
		return r, kit.Errorf(kit.NotFound, "there is no reply for the key")
	}
	return r, nil
}

func (l *ledger) Remember(_ context.Context, key string, r kit.Reply, _ time.Time) error {
	if before := l.beforeRemember; before != nil {
		l.beforeRemember = nil
		before(l)
	}
	if _, ok := l.replies[key]; ok {
		return kit.Errorf(kit.AlreadyExists, "there is already a reply for the key")
	}
	l.replies[key] = r
	return nil
}

func (l *ledger) Expire(context.Context, time.Time) (int64, error) { return 0, nil }

func (l *ledger) Create(ctx context.Context, text string) (n note, err error) {
	err = l.Within(ctx, func(context.Context) error {
		l.created++
		if strings.TrimSpace(text) == "" {
			return kit.Violations{{Field: "text", Message: "must not be blank"}}.Err("note")
		}
		n = note{ID: kit.NewUUID(), Text: text, Version: 1}
		l.notes[n.ID] = n
		return nil
	})
	return n, err
}

func (l *ledger) Get(ctx context.Context, id kit.UUID) (n note, err error) {
	err = l.Within(ctx, func(context.Context) error {
		var ok bool
		if n, ok = l.notes[id]; !ok {
			return kit.Errorf(kit.NotFound, "there is no note %s", id)
		}
		return nil
	})
	return n, err
}

func (l *ledger) List(ctx context.Context, page kit.Page) (kit.Listing[note], error) {
	var all []note
	err := l.Within(ctx, func(context.Context) error {
		for id, n := range l.notes {
			if kit.CursorOf(id) > page.After {
				all = append(all, n)
			}
		}
		return nil
	})
	sort.Slice(all, func(i, j int) bool { return all[i].ID.String() < all[j].ID.String() })
	found := kit.Listing[note]{Items: all[:min(len(all), page.Limit)]}
	if len(all) > page.Limit {
		found.Next = kit.CursorOf(all[page.Limit-1].ID)
	}
	return found, err
}

func (l *ledger) Find(ctx context.Context, text string, lengths []int32) (kit.Listing[note], error) {
	all, err := l.List(ctx, kit.Page{Limit: 1000})
	var found kit.Listing[note]
	for _, n := range all.Items {
		for _, length := range lengths {
			if strings.Contains(n.Text, text) && len(n.Text) == int(length) {
				found.Items = append(found.Items, n)
			}
		}
	}
	return found, err
}

func (l *ledger) Update(ctx context.Context, id kit.UUID, version int64, text string) (n note, err error) {
	err = l.Within(ctx, func(ctx context.Context) error {
		if n, err = l.Get(ctx, id); err != nil {
			return err
		}
		if n.Version != version {
			return kit.Errorf(kit.Conflict, "the note has version %d", n.Version)
		}
		n.Text = text
		n.Version++
		l.notes[id] = n
		return nil
	})
	return n, err
}

func (l *ledger) Delete(ctx context.Context, id kit.UUID) error {
	return l.Within(ctx, func(ctx context.Context) error {
		_, err := l.Get(ctx, id)
		delete(l.notes, id)
		return err
	})
}

// Now is always the same.
func (l *ledger) Now() time.Time { return time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC) }

// bench is a served ledger.
type bench struct {
	*Server
	ledger *ledger
	url    string
	log    *logLines
}

// logLines is a log that can be read while it is written.
type logLines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve serves notes, with what change does to the dependencies and mount adds.
func serve(t *testing.T, c Config, change func(*Deps), mount ...func(*Server)) *bench {
	t.Helper()
	l := newLedger()
	log := &logLines{}
	registry := prometheus.NewRegistry()
	d := Deps{
		Log:         slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics:     registry,
		Idempotency: l, Tx: l, Clock: l,
	}
	if change != nil {
		change(&d)
	}
	if c.MaxWait == 0 {
		c.MaxWait = time.Minute // a machine that is busy with other tests refuses nothing
	}
	s, err := New(c, d)
	if err != nil {
		t.Fatal(err)
	}
	mountNotes(s, l)
	for _, m := range mount {
		m(s)
	}
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	return &bench{Server: s, ledger: l, url: served.URL, log: log}
}

// ask is one request of a test.
type ask struct {
	method, path, body string
	header             http.Header
}

// reply is its answer.
type reply struct {
	status int
	header http.Header
	body   string
}

func (b *bench) do(t *testing.T, a ask) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), a.method, b.url+a.path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if a.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range a.header {
		if values == nil {
			r.Header.Del(name)
		} else {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{got.StatusCode, got.Header, string(body)}
}

func (r reply) problem(t *testing.T) Problem {
	t.Helper()
	if kind := r.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("status %d is answered as %q: %s", r.status, kind, r.body)
	}
	var p Problem
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *bench) create(t *testing.T, text string) note {
	t.Helper()
	n, err := b.ledger.Create(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (b *bench) client(t *testing.T) notesClient {
	t.Helper()
	c, err := NewCaller(b.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return notesClient{c}
}

var errDisk = errors.New("disk 7 is on fire")
