package run

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/auth"
	"github.com/outgrowkit/outgrow/templates/kit/fileauth"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/jwksauth"
)

func fromFile() AuthSpec {
	c := fileauth.Config{Path: "keys.json"}
	return AuthSpec{
		Adapter: "file", Open: func() (auth.Driver, error) { return fileauth.New(c) },
		Key:    func(err error) string { return "auth.file." + c.KeyOf(err) },
		Access: map[string]httpserver.Access{"GET /butler": {Scopes: []string{"butler:see"}}},
	}
}

func fromAddress(url string) AuthSpec {
	c := jwksauth.Config{URL: url}
	return AuthSpec{
		Adapter: "jwks", Open: func() (auth.Driver, error) { return jwksauth.New(c) },
		Key: func(err error) string { return "auth.jwks." + c.KeyOf(err) },
	}
}

// guarded returns a program with a page about the butler.
func guarded(p Program[testConfig], s AuthSpec) Program[testConfig] {
	return with(p, Auth(s), Open("GET /door"), Routes(func(s *httpserver.Server) {
		s.Mount("GET /door", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
		s.Mount("GET /butler", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	}))
}

// token has the program print one.
func token(t *testing.T, p Program[testConfig], args ...string) string {
	t.Helper()
	var out bytes.Buffer
	p.Args, p.Stdout = append([]string{"token"}, args...), &out
	wantCode(t, p, exitDone)
	return strings.TrimSpace(out.String())
}

func statusWith(t *testing.T, url, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close() // nothing was read
	return got.StatusCode
}

// TestAuth shows that a service which asks for tokens knows those that its command prints.
func TestAuth(t *testing.T) {
	p, _, _ := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.format=json")
	_, url, stop := testServing(t, guarded(p, fromFile()))
	defer stop()
	without, with := token(t, guarded(p, fromFile()), "ada"), token(t, guarded(p, fromFile()), "ada", "butler:see")
	for given, want := range map[string]int{"": http.StatusUnauthorized, without: http.StatusForbidden, with: http.StatusOK} {
		if got := statusWith(t, url+"/butler", given); got != want {
			t.Errorf("with the token %q: %d, want %d", given, got, want)
		}
	}
	if got := statusWith(t, url+"/door", ""); got != http.StatusOK {
		t.Errorf("where all may: %d", got)
	}
	if status, body := testGet(t, url+"/readyz"); status != http.StatusOK || !strings.Contains(body, `"auth":{"status":"up"}`) {
		t.Errorf("/readyz: %d %s", status, body)
	}
}

// TestNoAuth shows that a service which asks for no tokens says so.
func TestNoAuth(t *testing.T) {
	p, _, _ := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.format=json")
	log, url, stop := testServing(t, guarded(p, AuthSpec{Adapter: "none"}))
	defer stop()
	if got := statusWith(t, url+"/butler", ""); got != http.StatusOK {
		t.Errorf("answered %d", got)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	for _, line := range log.all {
		if text, _ := line["msg"].(string); strings.HasPrefix(text, "auth.adapter is none") {
			return
		}
	}
	t.Errorf("nothing says that everybody may call: %v", log.all)
}

// TestNoTokens shows that the command for tokens says which adapter makes them.
func TestNoTokens(t *testing.T) {
	p, _, stderr := testProgram(t, "token", "ada", "--tenant", "acme")
	wantCode(t, guarded(p, AuthSpec{Adapter: "none"}), exitFailed)
	wantText(t, stderr.String(), "auth.adapter is none, which has no tokens; choose file, as by --set auth.adapter=file")
}

// TestAuthAway shows that a service starts without the keys of tokens, says why it knows
// nobody, and makes no tokens of its own.
func TestAuthAway(t *testing.T) {
	p, _, stderr := testProgram(t, "--set", "http.addr=127.0.0.1:0", "--set", "log.format=json")
	made := token(t, guarded(p, fromFile()), "ada")
	away := fromAddress("http://127.0.0.1:1/keys") // where nothing listens
	_, url, stop := testServing(t, guarded(p, away))
	defer stop()
	if got := statusWith(t, url+"/butler", made); got != http.StatusServiceUnavailable {
		t.Errorf("answered %d", got)
	}
	if status, body := testGet(t, url+"/readyz"); status != http.StatusOK || !strings.Contains(body, "the address of keys does not answer") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	p.Args = []string{"token", "ada"}
	wantCode(t, guarded(p, away), exitFailed)
	wantText(t, stderr.String(), "tokens are made by their issuer: auth.adapter is jwks")
}

// TestAuthThatCannotBe shows that keys which cannot be used keep the service from starting.
func TestAuthThatCannotBe(t *testing.T) {
	p, _, stderr := testProgram(t, "serve")
	wantCode(t, guarded(p, fromAddress("")), exitFailed)
	wantText(t, stderr.String(), "the keys of tokens (jwks) cannot be used\n  cause   there is no URL of keys")
}
