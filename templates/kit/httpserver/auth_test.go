package httpserver

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// caller knows tokens such as "ada:notes:read,notes:write", and "ada@acme:…" for a tenant. %0A is a
// new line.
func caller(_ context.Context, token string) (kit.Caller, error) {
	if token == "away" {
		return kit.Caller{}, kit.Errorf(kit.Unavailable, "tokens cannot be checked at present")
	}
	name, scopes, ok := strings.Cut(token, ":")
	if !ok {
		return kit.Caller{}, kit.Errorf(kit.Unauthenticated, "the token is not valid")
	}
	name, tenant, _ := strings.Cut(strings.ReplaceAll(name, "%0A", "\n"), "@")
	return kit.Caller{Subject: name, Scopes: strings.Split(scopes, ","), Tenant: tenant}, nil
}

func bearing(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func secured(t *testing.T) *bench {
	t.Helper()
	return serve(t, Config{}, func(d *Deps) {
		d.Middleware = []Middleware{Authenticate(caller, map[string]Access{
			"POST /notes":     {Scopes: []string{"notes:read", "notes:write"}},
			"GET /notes/{id}": {Scopes: []string{"notes:read"}},
			"GET /open":       {Open: true},
		})}
	}, func(s *Server) {
		who := func(r *Request) (Response, error) {
			c, known := kit.CallerOf(r.Context())
			return JSON(map[string]any{"who": c.Subject, "known": known})
		}
		s.Get("/open", who)
		s.Get("/who", who)
	})
}

func TestAuthenticate(t *testing.T) {
	b := secured(t)
	const note = "/notes/0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"
	two := http.Header{"Authorization": {"Bearer ada:", "Bearer bob:"}}
	for name, c := range map[string]struct {
		ask
		status    int
		want      string
		challenge string
	}{
		"nobody":                     {ask{"GET", "/who", "", nil}, 401, "a token is required", "Bearer"},
		"a token":                    {ask{"GET", "/who", "", bearing("ada:x")}, 200, `"who":"ada"`, ""},
		"a scheme in small letters":  {ask{"GET", "/who", "", http.Header{"Authorization": {"bearer ada:x"}}}, 200, `"who":"ada"`, ""},
		"another scheme":             {ask{"GET", "/who", "", http.Header{"Authorization": {"Basic YTpi"}}}, 401, "with a bearer token", "Bearer"},
		"no token behind the scheme": {ask{"GET", "/who", "", http.Header{"Authorization": {"Bearer"}}}, 401, "with a bearer token", "Bearer"},
		"two tokens":                 {ask{"GET", "/who", "", two}, 401, "given once", "Bearer"},
		"an invalid token":           {ask{"GET", "/who", "", bearing("x")}, 401, "the token is not valid", `Bearer error="invalid_token"`},
		"keys that are away":         {ask{"GET", "/who", "", bearing("away")}, 503, "at present", ""},
		"the scopes":                 {ask{"POST", "/notes", `{"text":"milk"}`, bearing("ada:notes:write,notes:read")}, 201, "milk", ""},
		"one scope of two":           {ask{"POST", "/notes", `{"text":"milk"}`, bearing("ada:notes:write")}, 403, "the token lacks the scope notes:read", `Bearer error="insufficient_scope", scope="notes:read notes:write"`},
		"a part of a scope":          {ask{"GET", note, "", bearing("ada:notes:readall")}, 403, "notes:read", `Bearer error="insufficient_scope", scope="notes:read"`},
		"no scope for HEAD":          {ask{"HEAD", note, "", bearing("ada:x")}, 403, "", `Bearer error="insufficient_scope", scope="notes:read"`},
		"no scope, and no body":      {ask{"POST", "/notes", `{"text":`, bearing("ada:x")}, 403, "notes:read", `Bearer error="insufficient_scope", scope="notes:read notes:write"`},
		"nobody, where all may":      {ask{"GET", "/open", "", nil}, 200, `"known":false`, ""},
		"somebody, where all may":    {ask{"GET", "/open", "", bearing("ada:x")}, 200, `"who":"ada"`, ""},
		"an invalid token there":     {ask{"GET", "/open", "", bearing("x")}, 401, "not valid", `Bearer error="invalid_token"`},
		"the health":                 {ask{"GET", "/healthz", "", nil}, 200, "alive", ""},
		"readiness":                  {ask{"GET", "/readyz", "", nil}, 200, "ready", ""},
		"metrics":                    {ask{"GET", "/metrics", "", nil}, 200, "http_requests", ""},
		"no such path":               {ask{"GET", "/nothing", "", nil}, 404, "no such path", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.do(t, c.ask)
			if got.status != c.status || !strings.Contains(got.body, c.want) || got.header.Get("WWW-Authenticate") != c.challenge {
				t.Errorf("%d, %s and %q, want %d, %s and %q", got.status, got.body, got.header.Get("WWW-Authenticate"), c.status, c.want, c.challenge)
			}
		})
	}
}

// TestCallersHaveKeysOfTheirOwn shows that nobody gets the reply to another, one for another
// tenant, or one to what they may do no longer, whatever they and tenants are called.
func TestCallersHaveKeysOfTheirOwn(t *testing.T) {
	b := secured(t)
	var bodies []string
	for _, token := range []string{
		"ada:notes:write,notes:read", "bob:notes:write,notes:read", "ada:notes:read,notes:write", "ada@acme:notes:read,notes:write",
		"ada%0Aacme:notes:read,notes:write", "ada%0Aacme@acme:notes:read,notes:write", "ada@acme%0Aacme:notes:read,notes:write",
	} {
		a := keyed("k", `{"text":"milk"}`)
		a.header.Set("Authorization", "Bearer "+token)
		bodies = append(bodies, b.do(t, a).body)
	}
	if b.ledger.created != 6 || bodies[0] == bodies[1] || bodies[0] != bodies[2] || bodies[0] == bodies[3] {
		t.Errorf("%d notes: %q", b.ledger.created, bodies)
	}
	less := keyed("k", `{"text":"milk"}`)
	less.header.Set("Authorization", "Bearer ada:notes:read")
	if got := b.do(t, less); got.status != http.StatusForbidden {
		t.Errorf("answered %d without the scope", got.status)
	}
}
