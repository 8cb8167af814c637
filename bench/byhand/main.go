// byhand is a service of orders as a good engineer writes it for one purpose: net/http,
// database/sql, prepared statements, no layers, and what any service has in production:
// an ID, a timeout, a line in the log and a duration in the metrics for each request.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/outgrowkit/outgrow/bench/orders"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	file := flag.String("sqlite", "data/service.db", "the file of the database")
	dsn := flag.String("postgres", "", "the DSN of a database instead")
	outbox := flag.Bool("outbox", false, "keep an event with each order, in one transaction")
	bare := flag.Bool("bare", false, "give requests no ID, timeout, line in the log or duration in the metrics")
	flag.Parse()
	if err := run(*addr, *file, *dsn, *outbox, *bare); err != nil {
		log.Fatal(err)
	}
}

func run(addr, file, dsn string, outbox, bare bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store, err := open(ctx, file, dsn, outbox)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // everything that was answered is committed
	s := &http.Server{
		Addr: addr, Handler: routes(store, bare),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		drained <- s.Shutdown(ctx)
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}

func open(ctx context.Context, file, dsn string, outbox bool) (*orders.Store, error) {
	if dsn != "" {
		return orders.OpenPostgres(ctx, dsn, outbox)
	}
	return orders.OpenSQLite(ctx, file, outbox)
}

// service answers requests.
type service struct{ store *orders.Store }

func routes(store *orders.Store, bare bool) http.Handler {
	s := service{store}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.create)
	mux.HandleFunc("GET /orders/{id}", s.get)
	mux.HandleFunc("GET /orders", s.list)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	if bare {
		return mux
	}
	return observed(mux)
}

func (s service) create(w http.ResponseWriter, r *http.Request) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	d.DisallowUnknownFields()
	var details orders.Details
	if err := d.Decode(&details); err != nil {
		refuse(w, problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	if wrong := details.Wrong(); wrong != nil {
		refuse(w, problem{Status: http.StatusUnprocessableEntity, Detail: "the order is invalid", Errors: wrong})
		return
	}
	o, err := orders.New(details)
	if err == nil {
		err = s.store.Insert(r.Context(), o)
	}
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", "/orders/"+o.ID.String())
	answer(w, http.StatusCreated, o)
}

func (s service) get(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		refuse(w, problem{Status: http.StatusUnprocessableEntity, Detail: "the id must be a UUID"})
		return
	}
	o, err := s.store.Get(r.Context(), id)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, o)
}

func (s service) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, after := 50, uuid.Nil
	var err error
	if given := q.Get("limit"); given != "" {
		limit, err = strconv.Atoi(given)
	}
	if given := q.Get("after"); given != "" && err == nil {
		after, err = uuid.Parse(given)
	}
	if err != nil || limit < 1 || limit > 200 {
		refuse(w, problem{Status: http.StatusUnprocessableEntity, Detail: "limit must be 1 to 200, and after a UUID"})
		return
	}
	page, err := s.store.List(r.Context(), after, limit)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, page)
}

// problem is what is answered where something is wrong (RFC 9457).
type problem struct {
	Type   string            `json:"type"`
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail,omitempty"`
	Errors map[string]string `json:"errors,omitempty"`
}

func fail(w http.ResponseWriter, err error) {
	if errors.Is(err, orders.ErrNotFound) {
		refuse(w, problem{Status: http.StatusNotFound, Detail: err.Error()})
		return
	}
	log.Print(err)
	refuse(w, problem{Status: http.StatusInternalServerError, Detail: "something went wrong on our side"})
}

func refuse(w http.ResponseWriter, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	send(w, "application/problem+json", p.Status, p)
}

func answer(w http.ResponseWriter, status int, v any) { send(w, "application/json", status, v) }

func send(w http.ResponseWriter, kind string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // it holds strings, numbers and times alone
		panic(fmt.Errorf("%T cannot be JSON: %w", v, err))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // who asked may be gone
}
