package postgresstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// pool returns a pool of at most as many connections, each with the settings beside
// those that all have.
func (s *server) pool(connections int, settings map[string]string) *sql.DB {
	h := sql.OpenDB(&connector{server: s, settings: settings, timeout: s.StatementTimeout + answerMargin})
	h.SetMaxOpenConns(connections)
	h.SetMaxIdleConns(connections)
	h.SetConnMaxIdleTime(5 * time.Minute)
	h.SetConnMaxLifetime(time.Hour) // so that connections move to a server that came back
	return h
}

// take waits for a connection of the pool, which must be closed.
func (s *server) take(ctx context.Context, from *sql.DB) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, s.StatementTimeout)
	defer cancel()
	conn, err := from.Conn(waiting)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, withCode(errors.Join(ctx.Err(), err))
	case waiting.Err() != nil:
		return nil, kit.Wrap(kit.Unavailable, err, "no connection to the store became free in time")
	default:
		return nil, kit.Wrap(kit.Unavailable, err, "the store cannot be reached")
	}
}

// with does the work on a connection of the pool.
func (db *DB) with(ctx context.Context, from *sql.DB, do work) error {
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	conn, err := db.server.take(ctx, from)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	return withContext(ctx, onConn(ctx, conn, do))
}
