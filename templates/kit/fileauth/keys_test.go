package fileauth

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/auth"
)

// TestToken shows that a token is valid, for the service alone, until it expires, also for
// another process that has the file.
func TestToken(t *testing.T) {
	c := Config{Path: filepath.Join(t.TempDir(), "new", "keys.json")}
	first, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	second, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ada := kit.Caller{Subject: "ada", Scopes: []string{"orders:read", "orders:write"}}
	token, err := first.Token("shop", auth.Config{}, ada, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, known := range map[string]bool{"shop": true, "other": false} {
		got, err := auth.New(name, auth.Config{}, second, kit.SystemClock{}).Caller(t.Context(), token)
		if (err == nil) != known || known && (got.Subject != "ada" || !got.Has("orders:write") || got.Has("orders")) {
			t.Errorf("%s knows %+v: %v", name, got, err)
		}
	}
	late, err := first.Token("shop", auth.Config{}, ada, time.Now().Add(-2*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.New("shop", auth.Config{}, second, kit.SystemClock{}).Caller(t.Context(), late); kit.CodeOf(err) != kit.Unauthenticated {
		t.Errorf("a token that has expired is accepted: %v", err)
	}
	if info, err := os.Stat(c.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the file: %v %v", info, err)
	}
}

// TestPublicKeys shows that a file of public keys checks tokens and makes none.
func TestPublicKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	const public = `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	if err := os.WriteFile(path, []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := k.Keys(t.Context(), "a"); len(keys) != 1 || err != nil {
		t.Errorf("%v and %v", keys, err)
	}
	if token, err := k.Token("shop", auth.Config{}, kit.Caller{Subject: "ada"}, time.Now(), time.Hour); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("%s and %v, want Invalid", token, err)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{Path: path}, {Path: dir}, {Path: filepath.Join(path, "keys.json")}} {
		if k, err := New(c); k != nil || kit.CodeOf(err) != kit.Invalid || c.KeyOf(err) != "path" {
			t.Errorf("%s: %v and %v", c.Path, k, err)
		}
	}
}
