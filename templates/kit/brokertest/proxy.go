package brokertest

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy is a way to a server that can be cut and frozen.
type Proxy struct {
	URL    string
	Frozen atomic.Bool
	mu     sync.Mutex
	conns  []net.Conn
}

// NewProxy returns a way to the server at a URL. Its own URL leads there.
func NewProxy(t *testing.T, server string) *Proxy {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	target := at.Host
	at.Host = l.Addr().String()
	p := &Proxy{URL: at.String()}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", target)
			if err != nil {
				_ = near.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, near, far)
			p.mu.Unlock()
			work.Go(func() { p.carry(near, far) })
			work.Go(func() { p.carry(far, near) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.Frozen.Store(false)
		p.Cut()
		work.Wait()
	})
	return p
}

func (p *Proxy) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		for p.Frozen.Load() {
			time.Sleep(time.Millisecond)
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || errors.Is(err, io.EOF) || err != nil {
			return
		}
	}
}

// Cut ends all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}
