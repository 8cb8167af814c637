package sqlitestore

import (
	"context"
	"fmt"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// readPool hands out connections for reading. Each keeps its own prepared
// statements, so that a read takes one lock and prepares nothing. The one that was
// used last is used first: it has in memory what is read often.
type readPool struct {
	places chan struct{} // as many as there are connections
	once   sync.Once
	closed chan struct{}

	mu   sync.Mutex
	free []*readConn
}

// readConn is a connection for reading, used by one goroutine at a time. It is
// opened when it is first used.
type readConn struct {
	path  string
	conn  *nativeConn
	stmts map[*Statement]*nativeStmt
}

func newReadPool(path string, size int) *readPool {
	p := &readPool{places: make(chan struct{}, size), closed: make(chan struct{})}
	for range size {
		p.free = append(p.free, &readConn{path: path, stmts: map[*Statement]*nativeStmt{}})
	}
	return p
}

// take waits for a free connection. It must be given back.
func (p *readPool) take(ctx context.Context) (*readConn, error) {
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.free) - 1
	r := p.free[last]
	p.free = p.free[:last]
	return r, nil
}

// enter waits for a place.
func (p *readPool) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return withCode(err)
	}
	select {
	case <-p.closed:
		return sqlstore.Closed()
	default:
	}
	select {
	case p.places <- struct{}{}:
		return nil
	default: // to wait for the end of ctx has its cost
	}
	select {
	case p.places <- struct{}{}:
		return nil
	case <-p.closed:
		return sqlstore.Closed()
	case <-ctx.Done():
		return withCode(ctx.Err())
	}
}

func (p *readPool) give(r *readConn) {
	p.mu.Lock()
	p.free = append(p.free, r)
	p.mu.Unlock()
	<-p.places
}

// close refuses further reads, waits for those under way, and closes the
// connections.
func (p *readPool) close() {
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.places) {
			p.places <- struct{}{}
		}
		for _, r := range p.free {
			if r.conn != nil {
				_ = r.conn.Close() // it has nothing to lose
			}
		}
	})
}

// statement returns the statement as prepared on this connection.
func (r *readConn) statement(ctx context.Context, s *Statement) (*nativeStmt, error) {
	if stmt := r.stmts[s]; stmt != nil {
		return stmt, nil
	}
	if r.conn == nil {
		conn, err := openNative(nameOf(r.path, readOptions))
		if err == nil {
			err = conn.run(fmt.Sprint("PRAGMA mmap_size = ", mappedBytes))
		}
		if err != nil {
			return nil, withCode(err)
		}
		r.conn = conn
	}
	stmt, err := s.prepare(ctx, r.conn)
	if err == nil {
		r.stmts[s] = stmt
	}
	return stmt, err
}
