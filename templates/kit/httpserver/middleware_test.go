package httpserver

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

type userKey struct{}

// authenticate refuses requests without a user, and reads bodies as a signature check
// would.
func authenticate(t *testing.T) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user := r.Header.Get("Authorization")
			if user == "" {
				Error(w, r, NewProblem(http.StatusUnauthorized, kit.Unauthenticated, "who is it?"))
				return
			}
			if _, err := io.ReadAll(r.Body); err != nil {
				t.Error(err)
			}
			if r.Pattern == "" || RequestID(r.Context()) == "" {
				t.Errorf("pattern %q, request %q", r.Pattern, RequestID(r.Context()))
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, user)))
		})
	}
}

// mark adds a word to a header, to tell the order.
func mark(word string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Order", word)
			next.ServeHTTP(w, r)
		})
	}
}

func TestMiddleware(t *testing.T) {
	b := serve(t, Config{}, func(d *Deps) {
		d.Middleware = []Middleware{mark("1"), mark("2"), authenticate(t)}
	}, func(s *Server) {
		s.Get("/who/{id}", func(r *Request) (Response, error) {
			return JSON(r.Context().Value(userKey{}).(string) + r.PathValue("id"))
		})
		s.Mount("GET /plain", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Context().Value(userKey{}).(string))
		}))
		s.Get("/panics", func(*Request) (Response, error) { panic(errDisk) })
		s.Get("/fails", func(*Request) (Response, error) { return Response{}, kit.Wrap(kit.Internal, errDisk, "m") })
	})
	ada := http.Header{"Authorization": {"ada"}}
	for _, c := range []struct {
		ask
		status int
		want   string
	}{
		{ask{"GET", "/who/7", "", ada}, 200, `"ada7"`},
		{ask{"GET", "/plain", "", ada}, 200, "ada"},
		{ask{"GET", "/who/7", "", nil}, 401, "who is it?"},
		{ask{"GET", "/plain", "", nil}, 401, "who is it?"},
		{ask{"GET", "/panics", "", ada}, 500, "internal error"},
		{ask{"GET", "/fails", "", ada}, 500, `"detail":"m"`},
		{ask{"POST", "/notes", `{"text":"milk"}`, ada}, 201, "milk"},
		{ask{"POST", "/notes", `{"text":"milk"}`, nil}, 401, "who is it?"},
		{ask{"POST", "/notes", `{"text":`, ada}, 400, "unexpected end"},
		{ask{"GET", "/healthz", "", nil}, 200, "alive"},
		{ask{"GET", "/readyz", "", nil}, 200, "ready"},
		{ask{"GET", "/metrics", "", nil}, 200, "go_"},
		{ask{"GET", "/nothing", "", nil}, 404, "no such path"},
	} {
		got := b.do(t, c.ask)
		if got.status != c.status || c.path != "/metrics" && !strings.Contains(got.body, c.want) {
			t.Errorf("%s %s: %+v, want %d with %s", c.method, c.path, got, c.status, c.want)
		}
		if order := strings.Join(got.header["Order"], ""); strings.HasPrefix(c.path, "/who") && order != "12" {
			t.Errorf("the middleware ran in the order %s", order)
		}
	}
	log := b.log.String()
	for _, want := range []string{
		`"route":"GET /who/{id}","path":"/who/7","status":401,`,
		`"error":"Unauthorized: who is it?"`,
		`"error":"m: disk 7 is on fire"`,
		`"error":"panic: disk 7 is on fire"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is missing in\n%s", want, log)
		}
	}
	if free := len(b.admission.slots); free != 0 {
		t.Errorf("%d places are still taken", free)
	}
}

// TestMiddlewareSeesIdempotency shows that a recorded answer is replayed only behind the
// middleware.
func TestMiddlewareSeesIdempotency(t *testing.T) {
	b := serve(t, Config{}, func(d *Deps) { d.Middleware = []Middleware{authenticate(t)} })
	header := http.Header{"Authorization": {"ada"}, "Idempotency-Key": {"k"}}
	post := ask{"POST", "/notes", `{"text":"milk"}`, header}
	first, again := b.do(t, post), b.do(t, post)
	if first.status != 201 || again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("got %+v, then %+v", first, again)
	}
	delete(header, "Authorization")
	if got := b.do(t, post); got.status != 401 {
		t.Errorf("replayed to a stranger: %+v", got)
	}
}

// TestErrorWithoutServer shows that middleware can be tested by itself.
func TestErrorWithoutServer(t *testing.T) {
	w := newRecorder(t, authenticate(t)(http.NotFoundHandler()))
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "who is it?") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
}

func newRecorder(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	return w
}
