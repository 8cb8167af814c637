package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"example.com/workouts/app"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
	"example.com/workouts/kit/httpserver"
	"example.com/workouts/ports"
)

// newAuthentication returns middleware that refuses requests without a token (JWT, HS256),
// and says to the others who calls.
func newAuthentication(c app.AuthConfig, clock kit.Clock) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			caller, ok := read(token, c.Secret.Reveal(), clock.Now())
			if !ok {
				httpserver.Error(w, r, httpserver.NewProblem(http.StatusUnauthorized, kit.Unauthorized, "the token is missing, wrong or expired"))
				return
			}
			ctx := httpserver.WithIdentity(ports.WithCaller(r.Context(), caller), caller.ID.String())
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// read returns whom a token is of.
func read(token, secret string, now time.Time) (of user.User, ok bool) {
	signed, signature, _ := cutLast(token, ".")
	head, body, _ := strings.Cut(signed, ".")
	var header struct{ Alg string }
	var claims struct {
		Sub  kit.UUID
		Name string
		Role user.Role
		Exp  int64
	}
	if secret == "" || !hmac.Equal([]byte(sign(signed, secret)), []byte(signature)) || !decode(head, &header) || !decode(body, &claims) ||
		header.Alg != "HS256" || now.Unix() >= claims.Exp {
		return user.User{}, false
	}
	return user.User{ID: claims.Sub, Name: claims.Name, Role: claims.Role}, true
}

func sign(text, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func decode(part string, to any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, to) == nil
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
