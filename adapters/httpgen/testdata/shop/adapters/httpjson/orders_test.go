package httpjson

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/shop/adapters/jsonwire"
	"example.com/shop/domain/order"
	"example.com/shop/domain/timing"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
	"example.com/shop/ports"
)

// echo is a port that keeps what it was called with and answers what it is told.
type echo struct {
	ports.Orders
	got []any
	one order.Order
	err error
}

func (e *echo) called(with ...any) error {
	e.got = with
	return e.err
}

func (e *echo) Create(_ context.Context, d order.Details) (order.Order, error) {
	return e.one, e.called("Create", d)
}

func (e *echo) Get(_ context.Context, id kit.UUID) (order.Order, error) {
	return e.one, e.called("Get", id)
}

func (e *echo) List(_ context.Context, page kit.Page) (kit.Listing[order.Order], error) {
	return kit.Listing[order.Order]{Items: []order.Order{e.one}, Next: kit.CursorOf(e.one.ID)}, e.called("List", page)
}

func (e *echo) Update(_ context.Context, id kit.UUID, version int64, d order.Details) (order.Order, error) {
	return e.one, e.called("Update", id, version, d)
}

func (e *echo) Delete(_ context.Context, id kit.UUID) error { return e.called("Delete", id) }

func (e *echo) FindByCustomerAndStatus(_ context.Context, customer string, status *order.Status, weights []order.Grams, took time.Duration,
	since *time.Time, address netip.Addr, raw []byte, page kit.Page) (kit.Listing[order.Order], error) {
	return kit.Listing[order.Order]{Items: []order.Order{}}, e.called("Find", customer, status, weights, took, since, address, raw, page)
}

func (e *echo) CountByStatus(_ context.Context, status order.Status) (int64, error) {
	return 1<<62 + 1, e.called("Count", status)
}

func (e *echo) ExistsByID(_ context.Context, id kit.UUID) (bool, error) {
	return true, e.called("Exists", id)
}

func (e *echo) Cancel(_ context.Context, id kit.UUID, version int64, reason string, refund bool) (order.Order, error) {
	return e.one, e.called("Cancel", id, version, reason, refund)
}

func (e *echo) Select(_ context.Context, id kit.UUID) error { return e.called("Select", id) }

func (e *echo) Plan(_ context.Context, when timing.Timing, lines []order.Line, userID *kit.UUID) (map[string]timing.Item, error) {
	return map[string]timing.Item{"a": {Timing: when}}, e.called("Plan", when, lines, userID)
}

func (e *echo) GetLatest(context.Context) (*order.Order, error) { return nil, e.called("Latest") }

func (e *echo) GetLines(_ context.Context, id kit.UUID, products []string, page kit.Page) ([]order.Line, error) {
	return e.one.Lines, e.called("Lines", id, products, page)
}

func (e *echo) Wipe(context.Context) error { return e.called("Wipe") }

func (e *echo) Stats(_ context.Context, since time.Time) (int64, error) {
	return 7, e.called("Stats", since)
}

func (e *echo) Ship(_ context.Context, customer string, version int64, number int, status order.Status, note *string) (order.Order, error) {
	return e.one, e.called("Ship", customer, version, number, status, note)
}

func (e *echo) Forget(_ context.Context, id kit.UUID, line uint8, reason *string) error {
	return e.called("Forget", id, line, reason)
}

func (e *echo) FindLike(_ context.Context, like order.Details) ([]order.Order, error) {
	return nil, e.called("Like", like)
}

func someOrder() order.Order {
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC)
	id, yes, paid := kit.NewUUID(), true, order.StatusPaid
	return order.Order{
		ID: kit.NewUUID(), Version: 7, CreatedAt: at, UpdatedAt: at.Add(time.Hour),
		Details: order.Details{
			Customer: "Ada ♥", UserID: &id, Status: order.StatusDraft, Urgent: &yes, Discount: 0.1, Count: 3, Weight: -4, Raw: []byte{},
			Took: time.Minute, Due: &at, Address: netip.MustParseAddr("10.0.0.1"), Tags: order.Tags{"x"},
			Lines: []order.Line{{Product: "p", Quantity: 2, Status: &paid}}, Prices: map[order.Status]int64{order.StatusPaid: 1 << 60},
			Labels: map[string][]string{"a": {"b"}, "c": nil}, Main: order.Line{Product: "m"}, Spare: &order.Line{},
			When: timing.Timing{From: at, To: at}, Grid: [][]float64{{1.5}, {}},
		},
	}
}

// derived serves an echo, and returns it with a client of it.
func derived(t *testing.T) (*echo, *OrdersClient, string) {
	t.Helper()
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler), OpenAPI: OpenAPI(), Docs: Docs()})
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{one: someOrder()}
	MountOrders(s, e)
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	c, err := httpserver.NewCaller(served.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e, NewOrdersClient(c), served.URL
}

// TestDerivedCalls shows that a call from afar is the call from nearby: the same
// arguments arrive, and the same results return.
func TestDerivedCalls(t *testing.T) {
	e, c, _ := derived(t)
	ctx, one := t.Context(), e.one
	status, since, page, note := order.StatusPaid, one.CreatedAt, kit.Page{Limit: 3, After: kit.CursorOf(one.ID)}, "soon"
	for name, call := range map[string]struct {
		call func() (any, error)
		got  []any
		want any
	}{
		"create": {func() (any, error) { return c.Create(ctx, one.Details) }, []any{"Create", one.Details}, one},
		"get":    {func() (any, error) { return c.Get(ctx, one.ID) }, []any{"Get", one.ID}, one},
		"list": {
			func() (any, error) { return c.List(ctx, page) },
			[]any{"List", page}, kit.Listing[order.Order]{Items: []order.Order{one}, Next: kit.CursorOf(one.ID)},
		},
		"update": {func() (any, error) { return c.Update(ctx, one.ID, 6, one.Details) }, []any{"Update", one.ID, int64(6), one.Details}, one},
		"delete": {func() (any, error) { return nil, c.Delete(ctx, one.ID) }, []any{"Delete", one.ID}, nil},
		"find": {
			func() (any, error) {
				return c.FindByCustomerAndStatus(ctx, "a&b=c", &status, []order.Grams{1, -2}, time.Minute, &since, one.Address, []byte{0}, page)
			},
			[]any{"Find", "a&b=c", &status, []order.Grams{1, -2}, time.Minute, &since, one.Address, []byte{0}, page},
			kit.Listing[order.Order]{Items: []order.Order{}},
		},
		"find less": {
			func() (any, error) {
				return c.FindByCustomerAndStatus(ctx, "", nil, nil, 0, nil, one.Address, []byte{}, kit.Page{Limit: 1})
			},
			[]any{"Find", "", (*order.Status)(nil), []order.Grams(nil), time.Duration(0), (*time.Time)(nil), one.Address, []byte{}, kit.Page{Limit: 1}},
			kit.Listing[order.Order]{Items: []order.Order{}},
		},
		"count":  {func() (any, error) { return c.CountByStatus(ctx, status) }, []any{"Count", status}, int64(1<<62 + 1)},
		"exists": {func() (any, error) { return c.ExistsByID(ctx, one.ID) }, []any{"Exists", one.ID}, true},
		"cancel": {func() (any, error) { return c.Cancel(ctx, one.ID, 6, "why", true) }, []any{"Cancel", one.ID, int64(6), "why", true}, one},
		"select": {func() (any, error) { return nil, c.Select(ctx, one.ID) }, []any{"Select", one.ID}, nil},
		"plan": {
			func() (any, error) { return c.Plan(ctx, one.When, one.Lines, one.UserID) },
			[]any{"Plan", one.When, one.Lines, one.UserID}, map[string]timing.Item{"a": {Timing: one.When}},
		},
		"plan less": {
			func() (any, error) { return c.Plan(ctx, one.When, nil, nil) },
			[]any{"Plan", one.When, []order.Line(nil), (*kit.UUID)(nil)}, map[string]timing.Item{"a": {Timing: one.When}},
		},
		"latest": {func() (any, error) { return c.GetLatest(ctx) }, []any{"Latest"}, (*order.Order)(nil)},
		"lines": {
			func() (any, error) { return c.GetLines(ctx, one.ID, []string{"p", ""}, page) },
			[]any{"Lines", one.ID, []string{"p", ""}, page}, one.Lines,
		},
		"wipe":  {func() (any, error) { return nil, c.Wipe(ctx) }, []any{"Wipe"}, nil},
		"stats": {func() (any, error) { return c.Stats(ctx, since) }, []any{"Stats", since}, int64(7)},
		"ship": {
			func() (any, error) { return c.Ship(ctx, "a/b c?", 6, -3, status, &note) },
			[]any{"Ship", "a/b c?", int64(6), -3, status, &note}, one,
		},
		"ship for dots": {
			func() (any, error) { return c.Ship(ctx, "..", 6, 0, status, nil) },
			[]any{"Ship", "..", int64(6), 0, status, (*string)(nil)}, one,
		},
		"forget": {func() (any, error) { return nil, c.Forget(ctx, one.ID, 255, &note) }, []any{"Forget", one.ID, uint8(255), &note}, nil},
		"like":   {func() (any, error) { return c.FindLike(ctx, one.Details) }, []any{"Like", one.Details}, []order.Order(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := call.call()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(e.got, call.got) {
				t.Errorf("called with %+v\nwant        %+v", e.got, call.got)
			}
			if !reflect.DeepEqual(result, call.want) {
				t.Errorf("returned %+v\nwant     %+v", result, call.want)
			}
		})
	}
}

// TestDerivedErrors shows that errors are the same from afar.
func TestDerivedErrors(t *testing.T) {
	e, c, _ := derived(t)
	e.err = kit.Violations{{Field: "Lines[1].Product", Message: "is odd"}, {Field: "UserID", Message: "is nobody's"}, {Field: "Reason", Message: "is none"}}.Err("order")
	_, err := c.Create(t.Context(), e.one.Details)
	if err == nil || err.Error() != e.err.Error() || kit.CodeOf(err) != kit.Invalid {
		t.Errorf("got %v, want %v", err, e.err)
	}
	for _, code := range []kit.Code{kit.NotFound, kit.Conflict, kit.AlreadyExists, kit.Unauthorized, kit.Unavailable} {
		e.err = kit.Errorf(code, "because")
		if _, err := c.Update(t.Context(), e.one.ID, 1, e.one.Details); kit.CodeOf(err) != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

// TestDerivedAnswers shows what is answered over HTTP.
func TestDerivedAnswers(t *testing.T) {
	e, _, url := derived(t)
	at := url + "/orders/" + e.one.ID.String()
	good := string(jsonwire.AppendOrderDetails(nil, e.one.Details))
	e.err = nil
	for name, c := range map[string]struct {
		method, url, body, header string
		status                    int
		want                      string // in the header or the body
	}{
		"created":          {"POST", url + "/orders", good, "", 201, "Location: /orders/" + e.one.ID.String()},
		"tagged":           {"GET", at, "", "", 200, `Etag: "7-`},
		"not modified":     {"GET", at, "", `If-None-Match: *`, 304, ""},
		"no version":       {"PUT", at, good, "", 428, "If-Match"},
		"no JSON":          {"POST", url + "/orders", good + "}", "", 400, "invalid JSON"},
		"wrong fields":     {"POST", url + "/orders", `{"status":"x","lines":[{}],"odd":1}`, "", 422, `"field":"lines[0].quantity"`},
		"no identifier":    {"GET", url + "/orders/1", "", "", 422, `"field":"id"`},
		"wrong everywhere": {"PUT", url + "/orders/1", `{"status":"x"}`, `If-Match: "7"`, 422, `"field":"id","message":"must be a UUID"},{"field":"status"`},
		"wrong parameters": {"GET", url + "/orders/find-by-customer-and-status?status=x&err=1&limit=0", "", "", 422, `"field":"customer"`},
		"any version":      {"PUT", at, good, `If-Match: *`, 200, `Etag: "`},
		"some version":     {"PUT", at, good, `If-Match: "3", "7"`, 200, `Etag: "`},
		"other versions":   {"PUT", at, good, `If-Match: "3", W/"7"`, 412, "precondition"},
		"only if new":      {"PUT", at, good, `If-None-Match: *`, 412, "precondition"},
		"deleted":          {"DELETE", at, "", "", 204, ""},
		"deleted version":  {"DELETE", at, "", `If-Match: "7"`, 204, ""},
		"another version":  {"DELETE", at, "", `If-Match: "8"`, 412, "precondition"},
		"other method":     {"PATCH", at, "", "", 405, "Allow: GET, HEAD, PUT, DELETE"},
		"accepted":         {"POST", url + "/customers/Ada/orders/3/paid", "{}", `If-Match: "7"`, 202, `Etag: "7-`},
		"accepted, empty":  {"DELETE", at + "/lines/1", "", "", 202, "Content-Length: 0"},
		"wrong in paths":   {"POST", url + "/customers/Ada/orders/x/y", "{}", `If-Match: "7"`, 422, `"field":"order_number","message":"must be a whole number in its shortest form, such as 42"},{"field":"status"`},
		"wrong in both":    {"DELETE", url + "/orders/1/lines/256", "", "", 422, `"field":"id","message":"must be a UUID"},{"field":"line"`},
		"below a line":     {"DELETE", at + "/lines/1", "", `If-Match: "8"`, 412, "precondition"},
		"not published":    {"POST", url + "/orders/each", "{}", "", 405, "Allow: GET, HEAD, PUT, DELETE"},
		"another path":     {"GET", url + "/orders/stats?since=2026-01-02T15:04:05Z", "", "", 422, `"field":"id"`},
		"documented":       {"GET", url + "/docs", "", "", 200, "Create an order"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, c.url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if header, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(header, value)
			}
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = got.Body.Close() }()
			body, err := io.ReadAll(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			head := ""
			for name := range got.Header {
				head += name + ": " + got.Header.Get(name) + "\n"
			}
			if got.StatusCode != c.status || !strings.Contains(head+string(body), c.want) {
				t.Errorf("answered %d\n%s\n%s, want %d with %s", got.StatusCode, head, body, c.status, c.want)
			}
		})
	}
}

// TestDerivedEvents shows that events survive their payloads.
func TestDerivedEvents(t *testing.T) {
	var codec kit.EventCodec = jsonwire.Events{}
	for _, want := range []kit.Event{order.Created{Order: someOrder()}, order.Vanished{}} {
		payload, err := codec.Encode(want)
		if err != nil || !json.Valid(payload) {
			t.Fatalf("%s and %v", payload, err)
		}
		got, err := codec.Decode(want.Topic(), payload)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v and %v, want %+v", got, err, want)
		}
	}
	if _, err := codec.Decode("order.created", []byte(`{"order":[]}`)); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
}
