package postgresstore

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"testing"
)

// faultyProxy stands between a database and its server.
type faultyProxy struct {
	server string
	listen net.Listener

	mu    sync.Mutex
	conns []net.Conn
	thaw  chan struct{} // nil unless it is frozen
	cutAt []byte        // the connection on which this is sent is cut after it has arrived
}

// throughProxy returns a proxy, and the DSN that leads through it.
func throughProxy(t *testing.T, dsn string) (*faultyProxy, string) {
	t.Helper()
	u := parseDSN(t, dsn)
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &faultyProxy{server: u.Host, listen: listen}
	if query, err := url.ParseQuery(u.RawQuery); err != nil || query.Get("sslmode") != "disable" {
		t.Fatal("the proxy looks into what is sent: the test's server must not want TLS")
	}
	u.Host = listen.Addr().String()
	go p.accept()
	t.Cleanup(func() {
		_ = listen.Close()
		p.unfreeze()
		p.cutAll()
	})
	return p, u.String()
}

func (p *faultyProxy) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		drop := make(chan struct{})
		go p.forward(client, server, func(b []byte) { p.cutIf(b, drop) })
		go p.forward(server, client, func([]byte) {
			select {
			case <-drop: // what the server answers must not arrive
				_ = client.Close()
			default:
			}
		})
	}
}

func (p *faultyProxy) forward(from, to net.Conn, seen func([]byte)) {
	defer to.Close()   //nolint:errcheck // a test's
	defer from.Close() //nolint:errcheck // a test's
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		p.waitThaw()
		seen(b[:n])
		if _, failed := to.Write(b[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (p *faultyProxy) cutIf(b []byte, drop chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAt != nil && bytes.Contains(b, p.cutAt) {
		p.cutAt = nil
		close(drop)
	}
}

// cutAfter cuts the next connection on which the text is sent, once it has arrived.
func (p *faultyProxy) cutAfter(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt = []byte(text)
}

// cutAll cuts all connections.
func (p *faultyProxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// freeze passes nothing more on, and keeps all connections.
func (p *faultyProxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thaw = make(chan struct{})
}

func (p *faultyProxy) unfreeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thaw != nil {
		close(p.thaw)
		p.thaw = nil
	}
}

func (p *faultyProxy) waitThaw() {
	p.mu.Lock()
	thaw := p.thaw
	p.mu.Unlock()
	if thaw != nil {
		<-thaw
	}
}
