package orders

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Store keeps orders.
type Store struct {
	dialect dialect
	read    *sql.DB
	write   *sql.DB
	outbox  bool // an event is kept with each order, in one transaction

	insert, emit, get, list *sql.Stmt
}

// dialect is what differs between the databases.
type dialect struct {
	id   func(uuid.UUID) any
	time func(time.Time) any
	scan func(*time.Time) any
}

func (s *Store) prepare(ctx context.Context) error {
	for to, query := range map[**sql.Stmt]struct {
		db   *sql.DB
		text string
	}{
		&s.insert: {s.write, `INSERT INTO "orders" ("id", "customer", "total", "notes", "status", "version", "created_at", "updated_at")
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`},
		&s.emit: {s.write, `INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload") VALUES ($1, $2, $3, '', $4, $5)`},
		&s.get: {s.read, `SELECT "id", "customer", "total", "notes", "status", "version", "created_at", "updated_at"
			FROM "orders" WHERE "id" = $1`},
		&s.list: {s.read, `SELECT "id", "customer", "total", "notes", "status", "version", "created_at", "updated_at"
			FROM "orders" WHERE "id" > $1 ORDER BY "id" LIMIT $2`},
	} {
		stmt, err := query.db.PrepareContext(ctx, query.text) //nolint:sqlclosecheck // it is closed with its database
		if err != nil {
			return err
		}
		*to = stmt
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// Insert keeps a new order.
func (s *Store) Insert(ctx context.Context, o Order) error {
	if s.outbox {
		return s.insertTold(ctx, o)
	}
	_, err := s.insert.ExecContext(ctx, s.values(o)...)
	return err
}

// insertTold keeps a new order and the event that tells of it.
func (s *Store) insertTold(ctx context.Context, o Order) error {
	payload, err := json.Marshal(map[string]Order{"order": o})
	if err != nil {
		return err
	}
	event, err := uuid.NewV7()
	if err != nil {
		return err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()                                                        //nolint:errcheck // it is committed by then, or the reason is told
	insert, emit := tx.StmtContext(ctx, s.insert), tx.StmtContext(ctx, s.emit) //nolint:sqlclosecheck // they are closed with the transaction
	if _, err := insert.ExecContext(ctx, s.values(o)...); err != nil {
		return err
	}
	_, err = emit.ExecContext(ctx,
		s.dialect.id(event), "order.created", o.ID.String(), s.dialect.time(o.CreatedAt), payload)
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (s *Store) values(o Order) []any {
	return []any{
		s.dialect.id(o.ID), o.Customer, o.Total, o.Notes, o.Status, o.Version,
		s.dialect.time(o.CreatedAt), s.dialect.time(o.UpdatedAt),
	}
}

// Get returns the order; ErrNotFound if there is none of the id.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (Order, error) {
	var o Order
	err := s.scan(s.get.QueryRowContext(ctx, s.dialect.id(id)), &o)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return o, err
}

// List returns the orders that follow the id.
func (s *Store) List(ctx context.Context, after uuid.UUID, limit int) (Page, error) {
	rows, err := s.list.QueryContext(ctx, s.dialect.id(after), limit+1)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close() //nolint:errcheck // Err below tells of what went wrong
	p := Page{Items: make([]Order, 0, limit+1)}
	for rows.Next() {
		var o Order
		if err := s.scan(rows, &o); err != nil {
			return Page{}, err
		}
		p.Items = append(p.Items, o)
	}
	if len(p.Items) > limit {
		p.Items = p.Items[:limit]
		p.Next = &p.Items[limit-1].ID
	}
	return p, rows.Err()
}

func (s *Store) scan(row interface{ Scan(dest ...any) error }, o *Order) error {
	return row.Scan(&o.ID, &o.Customer, &o.Total, &o.Notes, &o.Status, &o.Version,
		s.dialect.scan(&o.CreatedAt), s.dialect.scan(&o.UpdatedAt))
}
