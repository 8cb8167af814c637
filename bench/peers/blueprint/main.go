// blueprint is a service of orders in the form that go-blueprint gives one with Gin and
// SQLite, in one file: gin.Default, which logs and recovers, CORS, and a server with
// the timeouts that it sets.
package main

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/outgrowkit/outgrow/bench/orders"
)

// server answers requests.
type server struct{ db *orders.Store }

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	file := flag.String("sqlite", "service.db", "the file of the database")
	flag.Parse()
	db, err := orders.OpenSQLite(context.Background(), *file, false)
	if err != nil {
		panic(err)
	}
	gin.SetMode(gin.ReleaseMode) // as one deploys it
	s := &server{db}
	h := &http.Server{Addr: *addr, Handler: s.routes(), IdleTimeout: time.Minute, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		shutdown(h)
	}()
	if err := h.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		panic(err)
	}
	<-done
}

func shutdown(h *http.Server) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = h.Shutdown(ctx) // what takes longer is cut off
}

func (s *server) routes() http.Handler {
	r := gin.Default()
	r.Use(cors.New(cors.Config{
		AllowOrigins:     []string{"http://localhost:5173"},
		AllowMethods:     []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"},
		AllowHeaders:     []string{"Accept", "Authorization", "Content-Type"},
		AllowCredentials: true,
	}))
	r.POST("/orders", s.create)
	r.GET("/orders/:id", s.get)
	return r
}

func (s *server) create(c *gin.Context) {
	var d orders.Details
	if err := c.ShouldBindJSON(&d); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	if wrong := d.Wrong(); wrong != nil {
		c.JSON(http.StatusUnprocessableEntity, gin.H{"errors": wrong})
		return
	}
	o, err := orders.New(d)
	if err == nil {
		err = s.db.Insert(c.Request.Context(), o)
	}
	if err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
		return
	}
	c.JSON(http.StatusCreated, o)
}

func (s *server) get(c *gin.Context) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		c.JSON(http.StatusUnprocessableEntity, gin.H{"error": err.Error()})
		return
	}
	o, err := s.db.Get(c.Request.Context(), id)
	switch {
	case errors.Is(err, orders.ErrNotFound):
		c.JSON(http.StatusNotFound, gin.H{"error": err.Error()})
	case err != nil:
		c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
	default:
		c.JSON(http.StatusOK, o)
	}
}
