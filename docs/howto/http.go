package main

import (
	"crypto/subtle"
	"net/http"

	"github.com/outgrowkit/outgrow/docs/howto/ports"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// newAuthentication returns middleware that refuses requests without the token.
func newAuthentication(c APIConfig) func(http.Handler) http.Handler {
	want := []byte("Bearer " + c.Token.Reveal())
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
				httpserver.Error(w, r, httpserver.NewProblem(http.StatusUnauthorized, kit.Unauthorized, "the token is missing or wrong"))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// mountTotals serves the total of a customer's orders.
func mountTotals(s *httpserver.Server, orders ports.OrderStore) {
	s.Get("/totals/{customer}", func(r *httpserver.Request) (httpserver.Response, error) {
		total, err := orders.TotalOf(r.Context(), r.PathValue("customer"))
		if err != nil {
			return httpserver.Response{}, err
		}
		return httpserver.JSON(map[string]int64{"total": total})
	})
}
