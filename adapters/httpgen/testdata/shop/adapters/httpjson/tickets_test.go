package httpjson

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"example.com/shop/domain/ticket"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
)

// tickets keep what they were called with.
type tickets struct {
	got []any
	one ticket.Ticket
}

func (k *tickets) Create(_ context.Context, subject string, parent *ticket.ID) (ticket.Ticket, error) {
	k.got = []any{"Create", subject, *parent}
	return k.one, nil
}

func (k *tickets) Get(_ context.Context, id ticket.ID) (ticket.Ticket, error) {
	k.got = []any{"Get", id}
	return k.one, nil
}

func (k *tickets) Update(_ context.Context, id ticket.ID, subject string) (ticket.Ticket, error) {
	k.got = []any{"Update", id, subject}
	return k.one, nil
}

func (k *tickets) Block(_ context.Context, id ticket.ID, by []ticket.ID) error {
	k.got = []any{"Block", id, by}
	return nil
}

func (k *tickets) FindByParent(
	_ context.Context, parent ticket.ID, also []ticket.ID, but *ticket.ID, page kit.Page,
) (kit.Listing[ticket.Ticket], error) {
	k.got = []any{"Find", parent, also, *but, page.Limit}
	return kit.Listing[ticket.Ticket]{Items: []ticket.Ticket{k.one}, Next: kit.CursorOf(kit.UUID(k.one.ID))}, nil
}

// TestDerivedTypedIDs calls the server with the client, with IDs of their own type, of what
// has no version.
func TestDerivedTypedIDs(t *testing.T) {
	a, b := ticket.ID(kit.NewUUID()), ticket.ID(kit.NewUUID())
	k := &tickets{one: ticket.Ticket{ID: a, Parent: &b, Blocks: []ticket.ID{b, a}, Subject: "Help"}}
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	MountTickets(s, k)
	server := httptest.NewServer(s)
	defer server.Close()
	caller, err := httpserver.NewCaller(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := NewTicketsClient(caller)
	want := func(got ticket.Ticket, err error, called ...any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, k.one) || !reflect.DeepEqual(k.got, called) {
			t.Errorf("got %+v, %v; called with %v, want %v", got, err, k.got, called)
		}
	}
	made, err := client.Create(t.Context(), "Help", &b)
	want(made, err, "Create", "Help", b)
	read, err := client.Get(t.Context(), a)
	want(read, err, "Get", a)
	changed, err := client.Update(t.Context(), a, "More")
	want(changed, err, "Update", a, "More")
	want(k.one, client.Block(t.Context(), a, []ticket.ID{b}), "Block", a, []ticket.ID{b})
	found, err := client.FindByParent(t.Context(), a, []ticket.ID{a, b}, &b, kit.Page{Limit: 7})
	want(found.Items[0], err, "Find", a, []ticket.ID{a, b}, b, 7)

	at := server.URL + "/tickets/" + kit.UUID(a).String()
	for _, c := range []struct {
		method, url, match string
		status             int
	}{
		{http.MethodGet, at, "", http.StatusOK},
		{http.MethodGet, server.URL + "/tickets/1", "", http.StatusUnprocessableEntity},
		{http.MethodPost, at + "/block", `"1"`, http.StatusPreconditionFailed},
		{http.MethodPost, at + "/block", "*", http.StatusUnsupportedMediaType}, // it exists, and there is no body
	} {
		r, _ := http.NewRequestWithContext(t.Context(), c.method, c.url, nil)
		if c.match != "" {
			r.Header.Set("If-Match", c.match)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.status || answer.Header.Get("ETag") != "" {
			t.Errorf("%s %s with If-Match %s: %s, ETag %q", c.method, c.url, c.match, answer.Status, answer.Header.Get("ETag"))
		}
	}
}
