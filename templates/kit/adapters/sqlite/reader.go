package sqlite

import (
	"context"
	"sync"
)

// readPool hands out connections for reading. Each keeps its own prepared
// statements, so that a read takes one lock and prepares nothing.
type readPool struct {
	free   chan *readConn
	size   int
	once   sync.Once
	closed chan struct{}
}

// readConn is a connection for reading, used by one goroutine at a time. It is
// opened when it is first used.
type readConn struct {
	path  string
	conn  *nativeConn
	stmts map[*Statement]*nativeStmt
}

func newReadPool(path string, size int) *readPool {
	p := &readPool{free: make(chan *readConn, size), size: size, closed: make(chan struct{})}
	for range size {
		p.free <- &readConn{path: path, stmts: map[*Statement]*nativeStmt{}}
	}
	return p
}

// take waits for a free connection. It must be given back.
func (p *readPool) take(ctx context.Context) (*readConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, toDomain(err)
	}
	select {
	case <-p.closed:
		return nil, errClosed()
	default:
	}
	select {
	case r := <-p.free:
		return r, nil
	default: // to wait for the end of ctx has its cost
	}
	select {
	case r := <-p.free:
		return r, nil
	case <-p.closed:
		return nil, errClosed()
	case <-ctx.Done():
		return nil, toDomain(ctx.Err())
	}
}

func (p *readPool) give(r *readConn) { p.free <- r }

// close refuses further reads, waits for those under way, and closes the
// connections.
func (p *readPool) close() {
	p.once.Do(func() {
		close(p.closed)
		for range p.size {
			if r := <-p.free; r.conn != nil {
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
		if err != nil {
			return nil, toDomain(err)
		}
		r.conn = conn
	}
	stmt, err := s.prepare(ctx, r.conn)
	if err == nil {
		r.stmts[s] = stmt
	}
	return stmt, err
}
