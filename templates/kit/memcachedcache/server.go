package memcachedcache

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"net"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
)

// server is one of the servers. Its name is looked up whenever it is connected to.
type server struct {
	address string
	pause   cache.Pause
	closed  atomic.Bool
	plain   atomic.Bool // it does not know the command cas
}

// Network is that of all servers.
func (*server) Network() string { return "tcp" }

// String returns host:port.
func (s *server) String() string { return s.address }

// servers says which server has a key.
type servers []*server

func newServers(addresses []string) (all servers) {
	for _, address := range addresses {
		all = append(all, &server{address: address})
	}
	return all
}

func (s servers) of(name string) *server {
	if len(s) == 1 {
		return s[0]
	}
	return s[crc32.ChecksumIEEE([]byte(name))%uint32(len(s))]
}

// PickServer returns the server that has a key.
func (s servers) PickServer(name string) (net.Addr, error) {
	picked := s.of(name)
	if picked.closed.Load() {
		return nil, kit.Errorf(kit.Unavailable, "the cache is closed")
	}
	return picked, nil
}

// Each calls the function for each server.
func (s servers) Each(do func(net.Addr) error) error {
	for _, each := range s {
		if err := do(each); err != nil {
			return err
		}
	}
	return nil
}

// login gives a server with -Y the user and the password, as the value of any key.
func (m *Cache) login(conn net.Conn) error {
	if m.config.User == "" {
		return nil
	}
	who := m.config.User + " " + m.config.Password.Reveal()
	if _, err := fmt.Fprintf(conn, "set login 0 0 %d\r\n%s\r\n", len(who), who); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && line != "STORED\r\n" {
		err = errLogin
	}
	return err
}
