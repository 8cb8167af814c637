package zookeeperlocks

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// server is a session with the cluster, which the client begins anew when it has ended.
type server struct {
	Config
	longest  time.Duration // lease, and so the session
	security *tls.Config
	life     context.Context // until it is closed
	end      context.CancelFunc

	turn chan struct{} // a semaphore of one, for who makes the client

	mu      sync.Mutex    // guards what follows
	client  *zk.Conn      // nil until it could connect
	there   bool          // the session
	arrived chan struct{} // closed while it is there
	failure error         // of the last attempt to connect

	counting sync.Mutex // guards what follows
	raised   bool       // this process has made a counter
	from     int64      // where that which is used begins; 0 if that is not known
}

func newServer(longest time.Duration, c Config) (*server, error) {
	security, err := c.Client()
	if err != nil {
		return nil, err
	}
	s := &server{Config: c, longest: longest, security: security, turn: make(chan struct{}, 1), arrived: make(chan struct{})}
	s.life, s.end = context.WithCancel(context.Background())
	ctx, cancel := context.WithTimeout(s.life, c.Timeout)
	defer cancel()
	if _, err := s.connect(ctx); err != nil && kit.CodeOf(err) != kit.Unavailable {
		s.close()
		return nil, err
	}
	return s, nil
}

// ask has the cluster do something, within the timeout. The client does not take back what it
// was asked, and may still do it later.
func ask[T any](ctx context.Context, s *server, do func(context.Context, *zk.Conn) (T, error)) (none T, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return none, err
	}
	value, err := within(ctx, func() (T, error) { return do(ctx, c) })
	return value, s.explain(err)
}

// within does something that knows no context, and goes on when ctx has ended.
func within[T any](ctx context.Context, do func() (T, error)) (none T, err error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := do()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// connect makes the client, unless that was done before, and waits until there is a session.
func (s *server) connect(ctx context.Context) (*zk.Conn, error) {
	if c, there := s.current(); there && s.life.Err() == nil {
		return c, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, s.explain(ctx.Err())
	}
	if s.life.Err() != nil {
		return nil, kit.Errorf(kit.Unavailable, "the locks are closed")
	}
	c, _ := s.current()
	if c == nil {
		var err error
		if c, err = s.open(ctx); err != nil {
			return nil, err
		}
	}
	return c, s.await(ctx)
}

// current returns the client, and whether it has a session.
func (s *server) current() (c *zk.Conn, there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client, s.client != nil && s.there
}

// await waits until there is a session.
func (s *server) await(ctx context.Context) error {
	s.mu.Lock()
	arrived := s.arrived
	s.mu.Unlock()
	select {
	case <-arrived:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.explain(errors.Join(ctx.Err(), s.failure))
	}
}

// open makes the client, which never says why it cannot connect: that is tried before.
func (s *server) open(ctx context.Context) (client *zk.Conn, err error) {
	addresses := remote.Addresses(s.Addr)
	for _, addr := range addresses {
		if err = s.probe(ctx, addr); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	client, _, err = zk.Connect(addresses, s.longest, zk.WithDialer(s.dial), zk.WithHostProvider(new(hosts)),
		zk.WithEventCallback(s.notice), zk.WithLogger(log.New(io.Discard, "", 0)), zk.WithLogInfo(false))
	if err != nil {
		return nil, s.explain(err)
	}
	if s.User != "" {
		_, err = within(ctx, func() (none struct{}, err error) {
			return none, client.AddAuth("digest", []byte(s.User+":"+s.Password.Reveal()))
		})
	}
	if err != nil {
		go client.Close()
		return nil, s.explain(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = client
	return client, nil
}

// dial is how the client connects. Whatever it waits for, it does not for longer than a session.
func (s *server) dial(_, addr string, _ time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.life, s.Timeout)
	defer cancel()
	conn, err := remote.Dial(ctx, addr, s.security)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure = err; err != nil {
		return nil, err
	}
	return &limited{conn, s.longest, context.AfterFunc(s.life, func() { _ = conn.Close() })}, nil
}

// limited is a connection on which nothing is waited for longer than a limit.
type limited struct {
	net.Conn
	limit time.Duration
	stop  func() bool
}

// SetReadDeadline sets the deadline, or an earlier one.
func (l *limited) SetReadDeadline(t time.Time) error {
	if last := time.Now().Add(l.limit); t.IsZero() || t.After(last) {
		t = last
	}
	return l.Conn.SetReadDeadline(t)
}

// Close closes the connection.
func (l *limited) Close() error {
	l.stop()
	return l.Conn.Close()
}

// hosts has the client look up names whenever it connects, and try one server after the other.
type hosts struct {
	all   []string
	next  int
	tried int
}

// Init is called first.
func (h *hosts) Init(servers []string) error {
	h.all = servers
	return nil
}

// Len returns how many there are.
func (h *hosts) Len() int { return len(h.all) }

// Next returns the next one, and whether all were tried before it.
func (h *hosts) Next() (server string, all bool) {
	server, all = h.all[h.next], h.tried == len(h.all)
	if all {
		h.tried = 0
	}
	h.next, h.tried = (h.next+1)%len(h.all), h.tried+1
	return server, all
}

// Connected is called when one has let the client in.
func (h *hosts) Connected() { h.tried = 0 }

// notice notes whether there is a session.
func (s *server) notice(e zk.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case e.Type != zk.EventSession:
	case e.State == zk.StateHasSession && !s.there:
		s.there = true
		close(s.arrived)
	case e.State == zk.StateDisconnected && s.there:
		s.there, s.arrived = false, make(chan struct{})
	}
}

// acl lets everybody use a node, or the user alone.
func (s *server) acl() []zk.ACL {
	if s.User == "" {
		return zk.WorldACL(zk.PermAll)
	}
	return zk.AuthACL(zk.PermAll)
}

func (s *server) counterOf(from int64) string {
	return s.Path + "/tokens/" + strconv.FormatInt(from, 10)
}

// counter returns where the node begins that counts, by how often it was changed, and that there
// is one of. The first time, this process makes one, from the number of microseconds since
// 1970 at least: it counts more slowly than the clock.
func (s *server) counter(c *zk.Conn) (from int64, err error) {
	s.counting.Lock()
	defer s.counting.Unlock()
	for s.from == 0 && err == nil {
		s.from, err = s.count(c)
	}
	return s.from, err
}

// forget has the counter looked for again.
func (s *server) forget(from int64) {
	s.counting.Lock()
	defer s.counting.Unlock()
	if s.from == from {
		s.from = 0
	}
}

// count looks for the counter, or makes one in its place. It returns 0 if another process has
// done so meanwhile.
func (s *server) count(c *zk.Conn) (from int64, err error) {
	tokens := s.Path + "/tokens"
	found, stat, err := c.Children(tokens)
	if errors.Is(err, zk.ErrNoNode) {
		return 0, s.make(c)
	}
	if err != nil {
		return 0, err
	}
	if err := s.mayUse(c); err != nil {
		return 0, err
	}
	change := []any{&zk.SetDataRequest{Path: tokens, Version: stat.Version}}
	for _, name := range found {
		there, counted, err := c.Exists(tokens + "/" + name)
		if err != nil || !there {
			return 0, err
		}
		from, _ = strconv.ParseInt(name, 10, 64)
		if s.raised && counted.Version < math.MaxInt32/2 {
			return from, nil
		}
		from += int64(counted.Version)
		change = append(change, &zk.DeleteRequest{Path: tokens + "/" + name, Version: counted.Version})
	}
	from = max(from, time.Now().UnixMicro())
	_, err = c.Multi(append(change, &zk.CreateRequest{Path: s.counterOf(from), Acl: s.acl()})...)
	if errors.Is(err, zk.ErrBadVersion) || errors.Is(err, zk.ErrNoNode) {
		return 0, nil
	}
	s.raised = s.raised || err == nil
	return from, err
}

// mayUse returns an error if everybody may use the nodes, and this user's would be among them:
// others could do nothing any more.
func (s *server) mayUse(c *zk.Conn) error {
	if s.User == "" {
		return nil
	}
	acl, _, err := c.GetACL(s.Path)
	if slices.Contains(acl, zk.WorldACL(zk.PermAll)[0]) {
		return keyed.Error("path", kit.Errorf(kit.Invalid, "ZooKeeper at %s lets everybody use the node %s: "+
			"locks of the user %s need one of their own", s.Addr, s.Path, s.User))
	}
	return err
}

// make makes the nodes under which all others are, those that are not there, at once.
func (s *server) make(c *zk.Conn) error {
	paths := []string{s.Path + "/names", s.Path + "/owners", s.Path + "/tokens"}
	for path := s.Path; path != ""; path = path[:strings.LastIndex(path, "/")] {
		paths = slices.Insert(paths, 0, path)
	}
	var missing []any
	for _, path := range paths {
		there, _, err := c.Exists(path)
		if err != nil {
			return err
		}
		if !there {
			missing = append(missing, &zk.CreateRequest{Path: path, Acl: s.acl()})
		}
	}
	_, err := c.Multi(missing...)
	if errors.Is(err, zk.ErrNodeExists) {
		return nil // another process makes them, too
	}
	return err
}

// explain returns an error that says what is wrong: Unavailable if the cluster may be back
// later, and Invalid if the configuration must be changed.
func (s *server) explain(err error) error {
	if _, ok := errors.AsType[*kit.Error](err); ok || err == nil {
		return err
	}
	at := "ZooKeeper at " + s.Addr
	for _, refusal := range []error{zk.ErrNoAuth, zk.ErrAuthFailed, zk.ErrInvalidACL} {
		if errors.Is(err, refusal) {
			return remote.Login(kit.Wrap(kit.Invalid, err, at+" refuses the user, the password, or their rights"))
		}
	}
	return kit.Wrap(kit.Unavailable, err, at+" does not answer")
}

// close ends the connection, without a word to the server: what is held stays until the session
// ends.
func (s *server) close() {
	s.end()
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if c, _ := s.current(); c != nil {
		go c.Close() // it waits for an answer
	}
}
