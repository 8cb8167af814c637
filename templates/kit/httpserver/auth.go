package httpserver

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Access says who may call a route.
type Access struct {
	Open   bool     // anybody; a token is checked if there is one
	Scopes []string // that a token must have, all of them
}

// Authenticate returns middleware that answers 401 to requests without a valid token, and 403
// to those whose token lacks a scope. The tokens are bearer tokens (RFC 6750). Handlers
// behind it find the caller by [kit.CallerOf], and callers have Idempotency-Keys of their own.
// Routes that are not in access, by their patterns, are for all callers with a valid token.
func Authenticate(caller func(ctx context.Context, token string) (kit.Caller, error), access map[string]Access) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := access[r.Pattern]
			token, err := bearer(r.Header["Authorization"])
			if err == nil && token == "" && a.Open {
				next.ServeHTTP(w, r)
				return
			}
			known := kit.Caller{}
			if err == nil {
				known, err = callerOf(r.Context(), token, caller)
			}
			if err == nil {
				err = a.allow(known)
			}
			if err != nil {
				challenge(w.Header(), token, a, kit.CodeOf(err))
				Error(w, r, err)
				return
			}
			identity := strconv.Quote(known.Subject) + strconv.Quote(known.Tenant) // the same caller has others for another tenant
			ctx := WithIdentity(kit.WithCaller(r.Context(), known), identity)
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// bearer returns the token in the header Authorization; "" if there is none.
func bearer(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", kit.Errorf(kit.Unauthenticated, "the header Authorization must be given once, with a bearer token")
	}
	return token, nil
}

func callerOf(ctx context.Context, token string, caller func(context.Context, string) (kit.Caller, error)) (kit.Caller, error) {
	if token == "" {
		return kit.Caller{}, kit.Errorf(kit.Unauthenticated, "a token is required")
	}
	return caller(ctx, token)
}

// allow returns Unauthorized if the caller lacks a scope.
func (a Access) allow(c kit.Caller) error {
	if i := slices.IndexFunc(a.Scopes, func(scope string) bool { return !c.Has(scope) }); i >= 0 {
		return kit.Errorf(kit.Unauthorized, "the token lacks the scope %s", a.Scopes[i])
	}
	return nil
}

// challenge says in the header what token is needed.
func challenge(h http.Header, token string, a Access, code kit.Code) {
	switch {
	case code == kit.Unauthorized:
		h.Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+strings.Join(a.Scopes, " ")+`"`)
	case code == kit.Unauthenticated && token != "":
		h.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case code == kit.Unauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	}
}
