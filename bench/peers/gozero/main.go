// gozero is a service of orders in the form in which goctl api lays one out, in one
// file: a configuration with go-zero's defaults, which have its log, its metrics, its
// traces, its breaker and its shedding on; handlers that parse and answer by httpx, and
// logic beneath. Only where it listens and where its orders are is said.
package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/uuid"
	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"

	"github.com/outgrowkit/outgrow/bench/orders"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	file := flag.String("sqlite", "service.db", "the file of the database")
	flag.Parse()
	c := config(*addr)
	server := rest.MustNewServer(c)
	defer server.Stop()
	store, err := orders.OpenSQLite(context.Background(), *file, false)
	if err != nil {
		panic(err)
	}
	s := &serviceContext{store}
	server.AddRoutes([]rest.Route{
		{Method: http.MethodPost, Path: "/orders", Handler: createHandler(s)},
		{Method: http.MethodGet, Path: "/orders/:id", Handler: getHandler(s)},
	})
	httpx.SetErrorHandlerCtx(func(_ context.Context, err error) (int, any) {
		if e, ok := errors.AsType[*refusal](err); ok {
			return e.status, map[string]string{"message": e.Error()}
		}
		return http.StatusBadRequest, map[string]string{"message": err.Error()}
	})
	server.Start()
}

// config is read from a file, as it is in what goctl lays out.
func config(addr string) (c rest.RestConf) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err)
	}
	if _, err := strconv.Atoi(port); err != nil {
		panic(err)
	}
	file := filepath.Join(os.TempDir(), "orders-api-"+port+".yaml")
	if err := os.WriteFile(file, []byte("Name: orders-api\nHost: "+host+"\nPort: "+port+"\n"), 0o600); err != nil {
		panic(err)
	}
	defer os.Remove(file) //nolint:errcheck // it is the system's temporary folder
	conf.MustLoad(file, &c)
	return c
}

// serviceContext is what the logic works with.
type serviceContext struct{ store *orders.Store }

// refusal is an error with a status.
type refusal struct {
	status int
	error
}

type createRequest struct {
	Customer string  `json:"customer"`
	Total    int64   `json:"total"`
	Notes    *string `json:"notes,optional"`                 //nolint:staticcheck // go-zero has options of its own
	Status   string  `json:"status,options=draft|paid|sent"` //nolint:staticcheck // go-zero has options of its own
}

func createHandler(s *serviceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req createRequest
		if err := httpx.Parse(r, &req); err != nil {
			httpx.ErrorCtx(r.Context(), w, err)
			return
		}
		resp, err := s.create(r.Context(), req)
		if err != nil {
			httpx.ErrorCtx(r.Context(), w, err)
			return
		}
		httpx.WriteJsonCtx(r.Context(), w, http.StatusCreated, resp)
	}
}

func (s *serviceContext) create(ctx context.Context, req createRequest) (orders.Order, error) {
	d := orders.Details(req)
	if d.Wrong() != nil {
		return orders.Order{}, &refusal{http.StatusUnprocessableEntity, errors.New("the order is invalid")}
	}
	o, err := orders.New(d)
	if err == nil {
		err = s.store.Insert(ctx, o)
	}
	return o, failure(err)
}

type getRequest struct {
	ID string `path:"id"`
}

func getHandler(s *serviceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req getRequest
		if err := httpx.Parse(r, &req); err != nil {
			httpx.ErrorCtx(r.Context(), w, err)
			return
		}
		resp, err := s.get(r.Context(), req)
		if err != nil {
			httpx.ErrorCtx(r.Context(), w, err)
			return
		}
		httpx.OkJsonCtx(r.Context(), w, resp)
	}
}

func (s *serviceContext) get(ctx context.Context, req getRequest) (orders.Order, error) {
	id, err := uuid.Parse(req.ID)
	if err != nil {
		return orders.Order{}, &refusal{http.StatusUnprocessableEntity, err}
	}
	o, err := s.store.Get(ctx, id)
	return o, failure(err)
}

func failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, orders.ErrNotFound):
		return &refusal{http.StatusNotFound, err}
	}
	return &refusal{http.StatusInternalServerError, err}
}
