package prove

import (
	"net/url"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// faultyProxy is a Toxiproxy in this process, at an address that stays.
type faultyProxy struct {
	listen, upstream string
	now              *toxiproxy.Proxy
}

// proxyTo starts a proxy that leads to the server of a URL, and returns it with the
// URL that leads through it.
func proxyTo(t *testing.T, direct string) (p *faultyProxy, through string) {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	p = proxyAt(t, freeAddr(t), u.Host)
	u.Host = p.listen
	return p, u.String()
}

// proxyAt starts a proxy at an address that leads to another.
func proxyAt(t *testing.T, listen, upstream string) *faultyProxy {
	t.Helper()
	p := &faultyProxy{listen: listen, upstream: upstream}
	p.open(t)
	t.Cleanup(p.cut)
	return p
}

// open starts to pass everything on.
func (p *faultyProxy) open(t *testing.T) {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p.now = toxiproxy.NewProxy(server, "faulty", p.listen, p.upstream)
	if err := p.now.Start(); err != nil {
		t.Fatal(err)
	}
}

// cut ends all connections, and refuses others.
func (p *faultyProxy) cut() { p.now.Stop() }

// poison adds a toxic, as Toxiproxy describes it, to what is passed on. It ends with
// a cut: to remove one can hang in Toxiproxy where connections have ended meanwhile.
func (p *faultyProxy) poison(t *testing.T, toxic string) {
	t.Helper()
	if _, err := p.now.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		t.Fatal(err)
	}
}
