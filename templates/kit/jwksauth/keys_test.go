package jwksauth

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// address publishes keys, as an issuer does.
type address struct {
	*httptest.Server

	asked  atomic.Int64
	answer atomic.Pointer[http.HandlerFunc]
}

func publish(t *testing.T, names ...string) *address {
	t.Helper()
	a := &address{}
	a.rotate(t, names...)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		(*a.answer.Load())(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *address) answerWith(f http.HandlerFunc) { a.answer.Store(&f) }

// rotate publishes new keys of the names, and no others.
func (a *address) rotate(t *testing.T, names ...string) {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, name := range names {
		public, _, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: public, KeyID: name})
	}
	data, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	a.answerWith(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
}

// opened returns the keys of the address, which were asked for once.
func opened(t *testing.T, c Config, pause time.Duration) *Keys {
	t.Helper()
	k, err := open(c, pause)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	_ = k.Ping(t.Context()) // waits for the first request
	return k
}

func has(t *testing.T, k *Keys, name string) bool {
	t.Helper()
	keys, err := k.Keys(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return len(keys) == 1
}

// TestRotation shows that keys which are new are known as soon as a token names them, and
// that those which are gone are not known any more once the address was asked again.
func TestRotation(t *testing.T) {
	a := publish(t, "old")
	k := opened(t, Config{URL: a.URL}, 0)
	if !has(t, k, "old") || has(t, k, "new") {
		t.Fatal("the keys are not those of the address")
	}
	a.rotate(t, "new")
	if !has(t, k, "old") {
		t.Error("a key is asked for that is known")
	}
	if !has(t, k, "new") || has(t, k, "old") {
		t.Error("the keys were not rotated")
	}
}

// TestRefresh shows that keys are replaced though nobody names others.
func TestRefresh(t *testing.T) {
	a := publish(t, "old")
	k := opened(t, Config{URL: a.URL, Refresh: time.Second}, 0)
	a.rotate(t, "new")
	for len(k.known("old")) > 0 {
		if t.Context().Err() != nil {
			t.Fatal("the old key is kept")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestUnknownNames shows that whoever makes up names of keys has the address asked once.
func TestUnknownNames(t *testing.T) {
	a := publish(t, "old")
	k := opened(t, Config{URL: a.URL}, time.Hour)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if keys, err := k.Keys(t.Context(), kit.NewUUID().String()); len(keys) > 0 || err != nil {
				t.Errorf("%v and %v", keys, err)
			}
		})
	}
	all.Wait()
	if n := a.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestManyAtOnce shows that one request serves all who need it.
func TestManyAtOnce(t *testing.T) {
	a := publish(t, "old")
	k := opened(t, Config{URL: a.URL}, time.Hour)
	a.rotate(t, "new")
	k.mu.Lock()
	k.tried = time.Time{} // long ago
	k.mu.Unlock()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if keys, err := k.Keys(t.Context(), "new"); len(keys) != 1 || err != nil {
				t.Errorf("%v and %v", keys, err)
			}
		})
	}
	all.Wait()
	if n := a.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want once more than at the start", n)
	}
}

// TestAway shows that an address that is away is told, that it takes no longer than the
// timeout, and that the keys that there are go on being used for their time.
func TestAway(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"another place": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/keys")
			w.WriteHeader(http.StatusFound)
		},
		"no keys": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) },
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"keys":[` + strings.Repeat(" ", maxKeys) + `]}`))
		},
		"silence": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			a := publish(t, "old")
			k := opened(t, Config{URL: a.URL}, 0)
			a.answerWith(answer)
			k.client.Timeout = 100 * time.Millisecond
			if _, err := k.Keys(t.Context(), "new"); kit.CodeOf(err) != kit.Unavailable {
				t.Errorf("%v, want Unavailable", err)
			}
			if !has(t, k, "old") {
				t.Error("the keys that there were are not used")
			}
			if err := k.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable {
				t.Errorf("the address is fine: %v", err)
			}
			k.mu.Lock()
			k.at = time.Now().Add(-25 * time.Hour)
			k.mu.Unlock()
			if keys, err := k.Keys(t.Context(), "old"); kit.CodeOf(err) != kit.Unavailable {
				t.Errorf("keys of yesterday are used: %v and %v", keys, err)
			}
			a.rotate(t, "old")
			k.client.Timeout = k.config.Timeout
			if !has(t, k, "old") {
				t.Error("the keys are not used when the address is back")
			}
		})
	}
}

// TestAwayAtFirst shows that keys which are away at the start are had later.
func TestAwayAtFirst(t *testing.T) {
	a := publish(t)
	k := opened(t, Config{URL: a.URL}, 0)
	if err := k.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("%v, want Unavailable", err)
	}
	a.rotate(t, "new")
	if !has(t, k, "new") || k.Ping(t.Context()) != nil {
		t.Error("the address is still away")
	}
}

// TestDeadline shows that nobody waits longer than they want to.
func TestDeadline(t *testing.T) {
	a := publish(t, "old")
	k := opened(t, Config{URL: a.URL}, 0)
	a.answerWith(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Keys(ctx, "new"); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("%v, want Unavailable", err)
	}
}

func TestClosed(t *testing.T) {
	a := publish(t, "old")
	k := opened(t, Config{URL: a.URL}, 0)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	asked := a.asked.Load()
	if keys, err := k.Keys(t.Context(), "new"); len(keys) > 0 || err != nil || a.asked.Load() != asked {
		t.Errorf("asked after the end: %v and %v", keys, err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   []string
	}{
		{Config{}, nil},
		{Config{URL: "https://login.example.com/keys", Refresh: time.Minute, MaxAge: time.Hour, Timeout: time.Second}, nil},
		{Config{URL: "login.example.com"}, []string{"URL"}},
		{Config{URL: "ftp://login.example.com"}, []string{"URL"}},
		{Config{Refresh: 25 * time.Hour}, []string{"Refresh"}},
		{Config{Refresh: time.Hour, MaxAge: time.Minute}, []string{"MaxAge"}},
		{Config{Timeout: time.Hour}, []string{"Timeout"}},
	} {
		var got []string
		c.config.Check(func(field, _ string) { got = append(got, field) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.config, got, c.want)
		}
	}
}

// TestRefused shows which configurations cannot be right, and which key leads to that.
func TestRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, c := range map[string]Config{"url": {}, "ca_file": {URL: "https://127.0.0.1", CAFile: file}} {
		k, err := New(c)
		if k != nil || kit.CodeOf(err) != kit.Invalid || c.KeyOf(err) != key {
			t.Errorf("%s: %v, by the key %s", key, err, c.KeyOf(err))
		}
	}
}
