// kratos is a service of orders in the form of kratos-layout, in one file: an
// application with an HTTP server that recovers, and handlers as protoc-gen-go-http
// writes them, with the layers service, biz and data beneath. The messages are plain
// structs instead of those of Protocol Buffers, whose JSON is slower.
package main

import (
	"context"
	"flag"
	nethttp "net/http"
	"os"

	"github.com/go-kratos/kratos/v2"
	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/log"
	"github.com/go-kratos/kratos/v2/middleware/recovery"
	"github.com/go-kratos/kratos/v2/middleware/tracing"
	"github.com/go-kratos/kratos/v2/transport/http"
	"github.com/google/uuid"

	"github.com/outgrowkit/outgrow/bench/orders"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	file := flag.String("sqlite", "service.db", "the file of the database")
	flag.Parse()
	logger := log.With(log.NewStdLogger(os.Stdout),
		"ts", log.DefaultTimestamp, "caller", log.DefaultCaller, "service.name", "orders",
		"trace.id", tracing.TraceID(), "span.id", tracing.SpanID())
	store, err := orders.OpenSQLite(context.Background(), *file, false)
	if err != nil {
		panic(err)
	}
	server := http.NewServer(http.Middleware(recovery.Recovery()), http.Address(*addr))
	register(server, &service{&usecase{&repo{store}, log.NewHelper(logger)}})
	if err := kratos.New(kratos.Name("orders"), kratos.Logger(logger), kratos.Server(server)).Run(); err != nil {
		panic(err)
	}
}

// register is what protoc-gen-go-http writes.
func register(s *http.Server, srv *service) {
	r := s.Route("/")
	r.POST("/orders", createHandler(srv))
	r.GET("/orders/{id}", getHandler(srv))
}

func createHandler(srv *service) func(ctx http.Context) error {
	return func(ctx http.Context) error {
		var in orders.Details
		if err := ctx.Bind(&in); err != nil {
			return err
		}
		if err := ctx.BindQuery(&in); err != nil {
			return err
		}
		http.SetOperation(ctx, "/orders.v1.Orders/Create")
		h := ctx.Middleware(func(ctx context.Context, req any) (any, error) { return srv.create(ctx, req.(*orders.Details)) })
		out, err := h(ctx, &in)
		if err != nil {
			return err
		}
		return ctx.Result(nethttp.StatusCreated, out.(*orders.Order))
	}
}

type getRequest struct {
	ID string `json:"id"`
}

func getHandler(srv *service) func(ctx http.Context) error {
	return func(ctx http.Context) error {
		var in getRequest
		if err := ctx.BindQuery(&in); err != nil {
			return err
		}
		if err := ctx.BindVars(&in); err != nil {
			return err
		}
		http.SetOperation(ctx, "/orders.v1.Orders/Get")
		h := ctx.Middleware(func(ctx context.Context, req any) (any, error) { return srv.get(ctx, req.(*getRequest)) })
		out, err := h(ctx, &in)
		if err != nil {
			return err
		}
		return ctx.Result(nethttp.StatusOK, out.(*orders.Order))
	}
}

type service struct{ uc *usecase }

func (s *service) create(ctx context.Context, in *orders.Details) (*orders.Order, error) {
	return s.uc.create(ctx, in)
}

func (s *service) get(ctx context.Context, in *getRequest) (*orders.Order, error) {
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return nil, errors.BadRequest("INVALID", err.Error())
	}
	return s.uc.get(ctx, id)
}

type usecase struct {
	repo *repo
	log  *log.Helper
}

func (u *usecase) create(ctx context.Context, d *orders.Details) (*orders.Order, error) {
	if d.Wrong() != nil {
		return nil, errors.BadRequest("INVALID", "the order is invalid")
	}
	o, err := orders.New(*d)
	if err != nil {
		return nil, err
	}
	return u.repo.save(ctx, &o)
}

func (u *usecase) get(ctx context.Context, id uuid.UUID) (*orders.Order, error) {
	return u.repo.find(ctx, id)
}

type repo struct{ store *orders.Store }

func (r *repo) save(ctx context.Context, o *orders.Order) (*orders.Order, error) {
	return o, r.store.Insert(ctx, *o)
}

func (r *repo) find(ctx context.Context, id uuid.UUID) (*orders.Order, error) {
	o, err := r.store.Get(ctx, id)
	if errors.Is(err, orders.ErrNotFound) {
		return nil, errors.NotFound("NOT_FOUND", err.Error())
	}
	return &o, err
}
