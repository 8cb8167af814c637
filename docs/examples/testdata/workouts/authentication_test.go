package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/workouts/app"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
	"example.com/workouts/ports"
)

func tokenOf(claims, secret string) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(claims))
	return signed + "." + sign(signed, secret)
}

func TestAuthentication(t *testing.T) {
	const ada, late = `{"sub":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203","name":"Ada","role":"trainer","exp":99999999999}`, `{"role":"trainer","exp":1}`
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"of a trainer":  {tokenOf(ada, "secret"), http.StatusOK},
		"none":          {"", http.StatusUnauthorized},
		"of another":    {tokenOf(ada, "other"), http.StatusUnauthorized},
		"expired":       {tokenOf(late, "secret"), http.StatusUnauthorized},
		"not a token":   {"a.b", http.StatusUnauthorized},
		"without claim": {tokenOf("", "secret"), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			auth := newAuthentication(app.AuthConfig{Secret: kit.NewSecret("secret")}, kit.SystemClock{})
			handler := auth(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if caller, err := ports.Caller(r.Context(), user.Trainer); err != nil || caller.Name != "Ada" {
					t.Errorf("%+v %v", caller, err)
				}
			}))
			r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
			r.Header.Set("Authorization", "Bearer "+c.token)
			handler.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("status %d, want %d", w.Code, c.want)
			}
		})
	}
	if _, ok := read(tokenOf(ada, ""), "", time.Now()); ok {
		t.Error("without a secret everybody may call")
	}
}
