package httpserver

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestClient calls the port of a remote service.
func TestClient(t *testing.T) {
	b := serve(t, Config{}, nil)
	var offers notesPort = b.client(t)
	ctx := t.Context()
	n, err := offers.Create(ctx, "milk & ?")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := offers.Get(ctx, n.ID); err != nil || got != n {
		t.Errorf("got %v, %v; want %v", got, err, n)
	}
	changed, err := offers.Update(ctx, n.ID, 1, "bread")
	if err != nil || changed.Version != 2 {
		t.Errorf("got %v, %v", changed, err)
	}
	if _, err := offers.Update(ctx, n.ID, 1, "soup"); kit.CodeOf(err) != kit.Conflict {
		t.Errorf("got %v", err)
	}
	if l, err := offers.Find(ctx, "rea", []int32{5, 7}); err != nil || len(l.Items) != 1 {
		t.Errorf("got %v, %v", l, err)
	}
	if err := offers.Delete(ctx, n.ID); err != nil {
		t.Error(err)
	}
	if _, err := offers.Get(ctx, n.ID); kit.CodeOf(err) != kit.NotFound || err.Error() != "there is no note "+n.ID.String() {
		t.Errorf("got %v", err)
	}
}

func TestPages(t *testing.T) {
	b := serve(t, Config{}, nil)
	want := map[kit.UUID]bool{}
	for range 7 {
		want[b.create(t, "milk").ID] = true
	}
	page := kit.Page{Limit: 3}
	for {
		l, err := b.client(t).List(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range l.Items {
			delete(want, n.ID)
		}
		if page.After = l.Next; page.After.IsZero() {
			break
		}
	}
	if len(want) != 0 {
		t.Errorf("%d notes are on no page", len(want))
	}
}

// TestErrorsCross compares each error with the one that arrives at the client.
func TestErrorsCross(t *testing.T) {
	var sent *kit.Error
	b := serve(t, Config{}, nil, func(s *Server) {
		s.Get("/fails", func(*Request) (Response, error) { return Response{}, sent })
	})
	for _, code := range []kit.Code{
		kit.NotFound, kit.AlreadyExists, kit.Conflict, kit.Invalid,
		kit.Unauthenticated, kit.Unauthorized, kit.Overloaded, kit.Unavailable, kit.Internal,
	} {
		for _, version := range []int64{0, 7} {
			sent = &kit.Error{
				Code: code, Message: "ä \"quoted\" <message>", Cause: errDisk,
				Fields: []kit.FieldError{{Field: "lines[0].sku", Message: "must not be blank"}},
			}
			_, err := b.client(t).caller.Do(t.Context(), CallSpec{Method: http.MethodGet, Path: "/fails", Version: version})
			got, ok := errors.AsType[*kit.Error](err)
			if !ok || got.Code != sent.Code || got.Message != sent.Message || !reflect.DeepEqual(got.Fields, sent.Fields) || got.Cause != nil {
				t.Errorf("sent %v, got %v", sent, err)
			}
		}
	}
}

// TestStrangers reads answers of other servers, such as proxies.
func TestStrangers(t *testing.T) {
	problem := "application/problem+json"
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       kit.Code
	}{
		"proxy without a service": {502, "text/html", "<h1>Bad Gateway</h1>", kit.Unavailable},
		"proxy that waited":       {504, "", "", kit.Unavailable},
		"too many requests":       {429, "text/plain", "slow down", kit.Overloaded},
		"who are you":             {401, "", "", kit.Unauthenticated},
		"you may not":             {403, "", "", kit.Unauthorized},
		"not there":               {404, "text/html", "", kit.NotFound},
		"conflict":                {409, "", "", kit.Conflict},
		"precondition":            {412, "", "", kit.Conflict},
		"teapot":                  {418, "", "", kit.Invalid},
		"moved":                   {301, "", "", kit.Internal},
		"error":                   {500, "application/json", `{"code":"not_found"}`, kit.Internal},
		"broken problem":          {404, problem, `{"code":`, kit.NotFound},
		"problem of others":       {404, problem, `{"title":"gone"}`, kit.NotFound},
		"problem of the future":   {503, problem, `{"code":"asleep","detail":"z"}`, kit.Unavailable},
		"problem":                 {503, problem + "; charset=utf-8", `{"code":"overloaded","detail":"z","more":1}`, kit.Overloaded},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer s.Close()
			caller, err := NewCaller(s.URL+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := caller.Do(t.Context(), CallSpec{Method: http.MethodGet, Path: "/x"}); kit.CodeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
			return
		}
		<-r.Context().Done()
	}))
	caller, err := NewCaller(s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = caller.Do(ctx, CallSpec{Method: http.MethodGet, Path: "/"})
	if kit.CodeOf(err) != kit.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := caller.Do(t.Context(), CallSpec{Method: http.MethodGet, Path: "/half"}); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("half an answer: %v", err)
	}
	if _, err := caller.Do(t.Context(), CallSpec{Method: "GET IT", Path: "/"}); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("no method: %v", err)
	}
	s.Close()
	if _, err := caller.Do(t.Context(), CallSpec{Method: http.MethodGet, Path: "/"}); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("closed: %v", err)
	}
}

func TestNewCallerRefuses(t *testing.T) {
	for _, base := range []string{"", "shop:8080", "ftp://shop", "http://", "http://shop?a=b", "http://shop#a", "http://sh op", "/orders"} {
		if _, err := NewCaller(base, nil); kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), "http://shop:8080") {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// TestRequestIDTravels follows the identifier from one service to the next.
func TestRequestIDTravels(t *testing.T) {
	back := serve(t, Config{}, nil)
	client := back.client(t)
	front := serve(t, Config{}, nil, func(s *Server) {
		s.Get("/through", func(r *Request) (Response, error) {
			_, err := client.List(r.Context(), kit.Page{Limit: 1})
			return Response{Status: http.StatusNoContent}, err
		})
	})
	front.do(t, ask{method: "GET", path: "/through", header: http.Header{"X-Request-Id": {"trail-7"}}})
	if log := back.log.String(); !strings.Contains(log, `"request_id":"trail-7"`) {
		t.Errorf("the identifier is missing:\n%s", log)
	}
}
