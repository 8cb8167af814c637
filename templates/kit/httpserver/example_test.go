package httpserver_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// reports stands for a use case.
type reports struct{}

type report struct {
	Customer string `json:"customer"`
	Orders   int    `json:"orders"`
}

func (reports) ByCustomer(_ context.Context, customer string) (report, error) {
	if customer != "Ada" {
		return report{}, kit.Errorf(kit.NotFound, "no orders of %s", customer)
	}
	return report{Customer: customer, Orders: 3}, nil
}

// byCustomer is a handler written by hand.
func byCustomer(offers reports) httpserver.Handler {
	return func(r *httpserver.Request) (httpserver.Response, error) {
		q := r.Query()
		customer := httpserver.Required(q, "customer", jsoncodec.ReadString[string])
		if err := q.Err(); err != nil {
			return httpserver.Response{}, err
		}
		report, err := offers.ByCustomer(r.Context(), customer)
		if err != nil {
			return httpserver.Response{}, err
		}
		return httpserver.JSON(report)
	}
}

// asCSV is a handler for what is not JSON.
func asCSV(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/csv")
	_ = csv.NewWriter(w).WriteAll([][]string{{"customer", "orders"}, {"Ada", "3"}})
}

// requireToken is middleware.
func requireToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			httpserver.Error(w, r, kit.Errorf(kit.Unauthenticated, "a token is required"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Example serves routes that are written by hand.
func Example() {
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{
		Log:        slog.New(slog.DiscardHandler),
		Middleware: []httpserver.Middleware{requireToken},
	})
	if err != nil {
		panic(err)
	}
	s.Get("/reports", byCustomer(reports{}))
	s.Mount("GET /reports.csv", http.HandlerFunc(asCSV))

	for _, path := range []string{"/reports?customer=Ada", "/reports", "/reports?customer=Bob", "/reports.csv"} {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Header.Set("Authorization", "Bearer secret")
		r.Header.Set("X-Request-Id", "r1")
		fmt.Println(answer(s, r))
	}
	stranger := httptest.NewRequest(http.MethodGet, "/reports", http.NoBody)
	stranger.Header.Set("X-Request-Id", "r2")
	fmt.Println(answer(s, stranger))
	// Output:
	// 200 {"customer":"Ada","orders":3}
	// 422 {"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"invalid query","code":"invalid","errors":[{"field":"customer","message":"is required"}],"request_id":"r1"}
	// 404 {"type":"about:blank","title":"Not Found","status":404,"detail":"no orders of Bob","code":"not_found","request_id":"r1"}
	// 200 customer,orders
	// Ada,3
	//
	// 401 {"type":"about:blank","title":"Unauthorized","status":401,"detail":"a token is required","code":"unauthenticated","request_id":"r2"}
}

func answer(s http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Body)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%d %s", w.Code, body)
}
