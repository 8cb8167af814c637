package httpserver

import (
	"net"
	"net/http"
	"testing"
)

func TestHosts(t *testing.T) {
	const loopback, anywhere = "127.0.0.1:0", ":0"
	for _, c := range []struct {
		addr, host string
		hosts      []string
		want       int
	}{
		{loopback, "localhost:8080", nil, 200},
		{loopback, "LOCALHOST", nil, 200},
		{loopback, "shop.localhost", nil, 200},
		{loopback, "127.0.0.1:8080", nil, 200},
		{loopback, "[::1]:8080", nil, 200},
		{loopback, "[::1]", nil, 200},
		{loopback, "10.0.0.7", nil, 200},
		{loopback, "evil.example:8080", nil, 421},
		{loopback, "localhost.evil.example", nil, 421},
		{loopback, "127.0.0.1.evil.example", nil, 421},
		{"localhost:0", "evil.example", nil, 421},
		{loopback, "Shop.example:8080", []string{"shop.example"}, 200},
		{loopback, "shop.example.:8080", []string{"shop.example"}, 200},
		{loopback, "evil.example", []string{"shop.example"}, 421},
		{anywhere, "any.example", nil, 200},
		{anywhere, "shop.example", []string{"shop.example"}, 200},
		{anywhere, "10.0.0.7:8080", []string{"shop.example"}, 200},
		{anywhere, "any.example", []string{"shop.example"}, 421},
	} {
		b := serve(t, Config{Addr: c.addr, Hosts: c.hosts}, nil)
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = b.Shutdown(t.Context()) }()              // nothing is under way
		_, port, _ := net.SplitHostPort(b.listener.Addr().String()) // it is one
		b.url = "http://127.0.0.1:" + port
		for _, path := range []string{"/notes", "/metrics", "/healthz"} {
			got := b.do(t, ask{method: "GET", path: path, header: http.Header{"Host": {c.host}}})
			if got.status != c.want {
				t.Errorf("%s at %s, names %v: %d, want %d", c.host, c.addr, c.hosts, got.status, c.want)
			}
		}
	}
}
