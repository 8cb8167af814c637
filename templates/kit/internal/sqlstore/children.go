package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"slices"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// ChildTable is the table of what a list in an entity consists of, its children: a row for
// each, with the key of the entity, after the tenant whose own it is, and the position in the
// list, from 1.
type ChildTable struct {
	// Put inserts a row, and with Replace after it replaces the one of the position unless it
	// is the same. The parameters are the columns of the child, its position and the key; on
	// Postgres the key, and the columns of all children as arrays.
	Put, Replace string
	// Cut removes what is behind the end of the list. The parameters are the key and the
	// last position.
	Cut string
}

// Children returns a column that holds how many children an entity has, for use as an
// argument and as a destination of Scan. NULL stands for a nil list. A change with such an
// argument keeps the children as well; a row that is copied to it is followed by the
// position and the columns of a child.
func Children[C any](key []any, list *[]C, table *ChildTable, columns func(*C) []any) ChildColumn {
	return &children[C]{key, list, table, columns}
}

type children[C any] struct {
	key     []any // pointers to it, or columns
	list    *[]C
	table   *ChildTable
	columns func(*C) []any
}

// ChildColumn is what Children returns.
type ChildColumn interface {
	driver.Valuer
	sql.Scanner
	Table() *ChildTable
	Key() []any
	Rows() [][]any // the columns of each child, in order
	Width() int    // how many columns a child has
	Gather(r Rows, dest []any) error

	count() int
	child(position int64) ([]any, error)
}

// Table returns the table.
func (c *children[C]) Table() *ChildTable { return c.table }

// Key returns the key of the entity.
func (c *children[C]) Key() []any { return c.key }

// Rows returns the columns of each child, in order.
func (c *children[C]) Rows() [][]any {
	rows := make([][]any, len(*c.list))
	for i := range *c.list {
		rows[i] = c.columns(&(*c.list)[i])
	}
	return rows
}

// Keep runs the statements that keep the children, in the transaction of ctx.
func (c *children[C]) Keep(ctx context.Context, r Runner) error {
	for i, row := range c.Rows() {
		if _, err := r.Exec(ctx, c.table.Put+c.table.Replace, slices.Concat(row, []any{i + 1}, c.key)); err != nil {
			return err
		}
	}
	_, err := r.Exec(ctx, c.table.Cut, append(slices.Clone(c.key), len(*c.list)))
	return err
}

// Value returns the number of children, as JSON: see driver.Valuer.
func (c *children[C]) Value() (driver.Value, error) {
	if *c.list == nil {
		return nil, nil
	}
	return strconv.Itoa(len(*c.list)), nil
}

// Scan makes room for the children: see sql.Scanner.
func (c *children[C]) Scan(src any) error {
	*c.list = nil
	var text string
	switch src := src.(type) {
	case nil:
		return nil
	case []byte:
		text = string(src)
	case string:
		text = src
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return kit.Errorf(kit.Internal, "the column holds %.100v, not how many children there are in a table:"+
			" an earlier version of the service may have written it", text)
	}
	*c.list = make([]C, n)
	return nil
}

func (c *children[C]) count() int { return len(*c.list) }

func (c *children[C]) child(position int64) ([]any, error) {
	if position < 1 || position > int64(len(*c.list)) {
		return nil, kit.Errorf(kit.Internal, "there is a child at the position %d of %d", position, len(*c.list))
	}
	return c.columns(&(*c.list)[position-1]), nil
}

// Width returns how many columns a child has.
func (c *children[C]) Width() int { return len(c.columns(new(C))) }

// Gather copies a row, and the children that follow it in the rows of the same key.
func (c *children[C]) Gather(r Rows, dest []any) error {
	g := gathering{rows: r, end: len(dest)}
	for _, to := range dest {
		if p, ok := to.(ChildColumn); ok {
			g.parts = append(g.parts, part{ChildColumn: p, at: g.end})
			g.end += 1 + p.Width()
		}
	}
	return g.all(dest)
}

// gathering is an entity that is being read.
type gathering struct {
	rows  Rows
	parts []part
	end   int   // how many columns there are
	key   any   // of the current row
	where []any // the destinations of the key and the positions
}

// part is a list of the entity.
type part struct {
	ChildColumn
	at       int    // its column of the position; those of the child follow
	position *int64 // of the child in the current row; nil if that has none
}

// all copies the entity from the current row, and its children from that and as many others
// as it says that there are.
func (g *gathering) all(dest []any) error {
	err := g.look()
	if err == nil {
		err = g.copy(dest, 0)
	}
	rows := 0
	for _, p := range g.parts {
		rows += max(p.count(), 1) // one without a child for an empty list
	}
	key := g.key
	for n := 1; err == nil; n++ {
		for _, p := range g.parts {
			if p.position != nil && err == nil {
				err = g.child(p)
			}
		}
		if err != nil || n >= rows {
			break
		}
		if err = g.next(); err == nil && !reflect.DeepEqual(g.key, key) {
			err = kit.Errorf(kit.Internal, "there are fewer children than the %d rows that they should have", rows)
		}
	}
	return err
}

// next goes to the next row; without one, its key is nil.
func (g *gathering) next() error {
	if g.rows.Next() {
		return g.look()
	}
	g.key = nil
	return g.rows.Err()
}

// look reads of which entity the row is, and the positions of children.
func (g *gathering) look() error {
	if g.where == nil {
		g.where = append(make([]any, 0, g.end), &g.key)
		for i := range g.parts {
			g.where = append(pad(g.where, g.parts[i].at), &g.parts[i].position)
		}
		g.where = pad(g.where, g.end)
	}
	return g.rows.Rows.Scan(g.where...)
}

// child copies the columns of the child in the row.
func (g *gathering) child(of part) error {
	columns, err := of.child(*of.position)
	if err != nil {
		return err
	}
	return g.copy(columns, of.at+1)
}

// copy copies the columns from one on.
func (g *gathering) copy(dest []any, from int) error {
	all := pad(make([]any, 0, g.end), from)
	for _, to := range dest {
		all = append(all, destination(to))
	}
	return g.rows.Rows.Scan(pad(all, g.end)...)
}

// pad appends destinations of columns that are not used, until there are n.
func pad(dest []any, n int) []any {
	for len(dest) < n {
		dest = append(dest, unused{})
	}
	return dest
}

// unused takes what is not used.
type unused struct{}

// Scan does nothing: see sql.Scanner.
func (unused) Scan(any) error { return nil }
