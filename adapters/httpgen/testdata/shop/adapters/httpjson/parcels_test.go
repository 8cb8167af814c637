package httpjson

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/shop/adapters/jsonwire"
	"example.com/shop/domain/parcel"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
)

// parcels is a port that keeps what it was called with.
type parcels struct {
	got []any
	err error
}

func (p *parcels) Get(_ context.Context, id kit.UUID) (parcel.Parcel, error) {
	return parcel.Parcel{ID: id, Version: 3}, nil
}

func (p *parcels) List(_ context.Context, filter parcel.Filter, sort parcel.Sort, page kit.Page) (kit.Listing[parcel.Parcel], error) {
	p.got = []any{filter, sort, page}
	return kit.Listing[parcel.Parcel]{Items: []parcel.Parcel{{Version: 1}}}, p.err
}

func (p *parcels) Count(_ context.Context, of parcel.Filter) (int64, error) {
	p.got = []any{of}
	return 7, p.err
}

func (p *parcels) Patch(_ context.Context, id kit.UUID, version int64, patch parcel.Patch) (parcel.Parcel, error) {
	p.got = []any{id, version, patch}
	return parcel.Parcel{ID: id, Version: version + 1}, p.err
}

// servedParcels serves parcels, and returns a client of them and their URL.
func servedParcels(t *testing.T) (*parcels, *ParcelsClient, string) {
	t.Helper()
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p := &parcels{}
	MountParcels(s, p)
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	c, err := httpserver.NewCaller(served.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, NewParcelsClient(c), served.URL
}

// TestDerivedFilters shows that filters and orders arrive as they were sent.
func TestDerivedFilters(t *testing.T) {
	p, c, url := servedParcels(t)
	page := kit.Page{Limit: 5, After: kit.CursorOf(kit.NewUUID())}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for _, filter := range []parcel.Filter{
		{},
		{Label: new("")},
		{Label: new("a&b=c"), StatusIn: []parcel.Status{parcel.StatusSent}, WeightGreaterThan: new(int64(-1)), CreatedAtAfter: &at},
		{StatusIn: []parcel.Status{parcel.StatusSent, parcel.StatusNew}},
	} {
		for _, sort := range []parcel.Sort{"", parcel.SortNewest, parcel.SortLightest} {
			if _, err := c.List(t.Context(), filter, sort, page); err != nil || !reflect.DeepEqual(p.got, []any{filter, sort, page}) {
				t.Errorf("called with %+v and %v, want %+v %s", p.got, err, filter, sort)
			}
		}
		if n, err := c.Count(t.Context(), filter); err != nil || n != 7 || !reflect.DeepEqual(p.got, []any{filter}) {
			t.Errorf("called with %+v, returned %d and %v", p.got, n, err)
		}
	}
	p.got = nil
	none := parcel.Filter{StatusIn: []parcel.Status{}}
	if found, err := c.List(t.Context(), none, "", page); err != nil || len(found.Items) > 0 || p.got != nil {
		t.Errorf("of no status got %v and %v", found, err)
	}
	p.err = kit.Violations{{Field: "WeightGreaterThan", Message: "is odd"}}.Err("filter")
	_, err := c.List(t.Context(), parcel.Filter{}, "", page)
	if e, ok := errors.AsType[*kit.Error](err); !ok || e.Fields[0].Field != "WeightGreaterThan" {
		t.Errorf("got %v", err)
	}
	if body := ask(t, "GET", url+"/parcels", "", ""); !strings.Contains(body, `"field":"weight_greater_than"`) {
		t.Errorf("answered %s", body)
	}
	p.err = nil
	for query, want := range map[string]string{
		"label=a&status_in=new&status_in=sent&created_at_after=2026-01-02T15:04:05Z&sort=-created_at&limit=2": `"items"`,
		"status=new":     `"field":"status","message":"is not a parameter of this request, which takes after, created_at_after, label, limit, sort, status_in, weight_greater_than"`,
		"sort=label":     `"field":"sort","message":"must be one of -created_at, weight"`,
		"status_in=lost": `"field":"status_in"`,
		"label=a&label=": `"field":"label","message":"must be given once"`,
	} {
		if body := ask(t, "GET", url+"/parcels?"+query, "", ""); !strings.Contains(body, want) {
			t.Errorf("%s answered %s, want %s", query, body, want)
		}
	}
}

// ask returns the answer to a request.
func ask(t *testing.T, method, url, contentType, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if method == http.MethodPatch {
		r.Header.Set("If-Match", `"3"`)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.Status + " " + string(text)
}

// member is a member of a patch: the text of a value, what null is refused with, and how the
// value and null are in Go.
type member struct {
	name, value string
	required    bool
	set, unset  func(*parcel.Patch)
}

func members() []member {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	return []member{
		{"label", `"x"`, true, func(p *parcel.Patch) { p.Label = new("x") }, nil},
		{"status", `"sent"`, true, func(p *parcel.Patch) { p.Status = new(parcel.StatusSent) }, nil},
		{"weight", `0`, true, func(p *parcel.Patch) { p.Weight = new(int64(0)) }, nil},
		{"due_at", `"2026-01-02T15:04:05Z"`, false, func(p *parcel.Patch) { p.DueAt = new(&at) }, func(p *parcel.Patch) { p.DueAt = new((*time.Time)(nil)) }},
		{"tags", `["a"]`, false, func(p *parcel.Patch) { p.Tags = &[]string{"a"} }, func(p *parcel.Patch) { p.Tags = new([]string(nil)) }},
		{
			"labels", `{"a":"b","c":null}`, false,
			func(p *parcel.Patch) { p.Labels = &map[string]*string{"a": new("b"), "c": nil} },
			func(p *parcel.Patch) { p.Labels = new(map[string]*string(nil)) },
		},
		{"raw", `"aGk="`, false, func(p *parcel.Patch) { p.Raw = new([]byte("hi")) }, func(p *parcel.Patch) { p.Raw = new([]byte(nil)) }},
		{"to", `{"note":null}`, true, func(p *parcel.Patch) { p.To = &parcel.AddressPatch{Note: new((*string)(nil))} }, nil},
		{
			"via", `{"street":"s"}`, false,
			func(p *parcel.Patch) { p.Via = new(&parcel.AddressPatch{Street: new("s")}) },
			func(p *parcel.Patch) { p.Via = new((*parcel.AddressPatch)(nil)) },
		},
	}
}

// TestDerivedPatches shows of each combination of members that are absent, null or have a
// value which patch it is, and that it is written as it was.
func TestDerivedPatches(t *testing.T) {
	all := members()
	combinations := 1
	for range all {
		combinations *= 3
	}
	for n := range combinations {
		var want parcel.Patch
		var texts, refused []string
		rest := n
		for _, m := range all {
			switch rest % 3 {
			case 1:
				texts = append(texts, `"`+m.name+`":null`)
				if m.required {
					refused = append(refused, m.name)
				} else {
					m.unset(&want)
				}
			case 2:
				texts = append(texts, `"`+m.name+`":`+m.value)
				m.set(&want)
			}
			rest /= 3
		}
		text := "{" + strings.Join(texts, ",") + "}"
		got, err := jsonwire.DecodeParcelPatch([]byte(text))
		var names []string
		if e, ok := errors.AsType[*kit.Error](err); ok {
			for _, f := range e.Fields {
				names = append(names, f.Field)
			}
		}
		if !reflect.DeepEqual(names, refused) {
			t.Fatalf("of %s refused %v, want %v", text, err, refused)
		}
		if err != nil {
			continue
		}
		if written := string(jsonwire.AppendParcelPatch(nil, got)); !reflect.DeepEqual(got, want) || written != text {
			t.Fatalf("%s is %+v, and written as %s", text, got, written)
		}
	}
}

// TestDerivedPatch shows how a patch is sent.
func TestDerivedPatch(t *testing.T) {
	p, c, url := servedParcels(t)
	id := kit.NewUUID()
	want := parcel.Patch{Label: new("x"), DueAt: new((*time.Time)(nil))}
	if v, err := c.Patch(t.Context(), id, 3, want); err != nil || v.Version != 4 || !reflect.DeepEqual(p.got, []any{id, int64(3), want}) {
		t.Errorf("called with %+v, returned %+v and %v", p.got, v, err)
	}
	at, patch := url+"/parcels/"+id.String(), "application/merge-patch+json"
	for name, c := range map[string]struct{ url, contentType, body, want string }{
		"a patch":         {at, patch, `{"due_at":null}`, "200 OK"},
		"nothing":         {at, patch, `{}`, "200 OK"},
		"plain JSON":      {at, "application/json", `{"label":"x"}`, "200 OK"},
		"JSON Patch":      {at, "application/json-patch+json", `[]`, "415 Unsupported Media Type"},
		"no object":       {at, patch, `null`, "422 Unprocessable Entity"},
		"unknown members": {at, patch, `{"id":null,"to":{"city":"x"}}`, `[{"field":"id","message":"is unknown"},{"field":"to.city","message":"is unknown"}]`},
		"null":            {at, patch, `{"weight":null}`, `{"field":"weight","message":"is required"}`},
		"no identifier":   {url + "/parcels/1", patch, `{}`, `"field":"id"`},
	} {
		if got := ask(t, "PATCH", c.url, c.contentType, c.body); !strings.Contains(got, c.want) {
			t.Errorf("%s is answered with %s, want %s", name, got, c.want)
		}
	}
}
