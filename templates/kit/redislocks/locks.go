// Package redislocks keeps locks on Redis, Valkey, or another server that speaks RESP 3.
//
// A lock is a key that expires, and its last token another one beside it. What the server
// forgets, because it was not on its disk or on the replica that takes its place, is a lock that
// somebody still believes to have: its token is lower than that of the next holder, so that a
// kit.Fence keeps it out.
package redislocks

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/redisconn"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Config says where the server is and how it is used. Zero values stand for the defaults.
type Config struct {
	Addr     string // host:port, several of a cluster separated by commas; 127.0.0.1:6379
	User     string // default
	Password kit.Secret
	remote.TLS

	Timeout time.Duration // to connect, and for each request; 1s
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:6379")
	c.Timeout = cmp.Or(c.Timeout, time.Second)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	remote.CheckServer(report, c.Addr, "127.0.0.1:6379", "", c.Timeout)
	if c.User != "" && c.Password.IsZero() {
		report("User", "needs a Password")
	}
}

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(err error) string { return remote.KeyOf(err) }

// Locks is a locks.Driver on a server.
type Locks struct {
	conn *redisconn.Conn
	addr string
}

// New returns locks. A server that is away is no error: it is connected to later, and Ping
// says why it is. The error is Invalid if the configuration cannot be right.
func New(c Config) (*Locks, error) {
	c = c.filled()
	conn, err := redisconn.Open(redisconn.Server{Addr: c.Addr, User: c.User, Password: c.Password, TLS: c.TLS, Timeout: c.Timeout}, nil)
	if err != nil {
		return nil, err
	}
	return &Locks{conn, c.Addr}, nil
}

// The scripts are run as a whole, and nothing else meanwhile. A token is forgotten a month
// after it was the last one: the clock has gone on since.
var (
	acquire = rueidis.NewLuaScript(`
		if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
		local now = redis.call('TIME')
		local token = now[1] * 1000000 + now[2]
		local last = redis.call('SET', KEYS[2], string.format('%.0f', token), 'EX', 2592000, 'GET')
		if last and last + 0 >= token then
			token = last + 1
			redis.call('SET', KEYS[2], string.format('%.0f', token), 'EX', 2592000)
		end
		return token`)
	renew = rueidis.NewLuaScript(`
		if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
		return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)
	release = rueidis.NewLuaScript(`
		if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
		redis.call('DEL', KEYS[1])
		return redis.call('PUBLISH', KEYS[1], '')`)
)

// keysOf returns the keys of a lock, which are on one server of a cluster.
func keysOf(name string) []string { return []string{"{" + name + "}:lock", "{" + name + "}:token"} }

func (l *Locks) run(ctx context.Context, script *rueidis.Lua, name string, args ...string) (int64, error) {
	result, err := l.conn.Do(ctx, func(c rueidis.Client) rueidis.RedisResult { return script.Exec(ctx, c, keysOf(name), args) })
	if err != nil {
		return 0, err
	}
	return result.AsInt64()
}

// Acquire gives an owner a lock: see locks.Driver.
func (l *Locks) Acquire(ctx context.Context, name, owner string, lease time.Duration) (token int64, err error) {
	return l.run(ctx, acquire, name, owner, fmt.Sprint(lease.Milliseconds()))
}

// Renew has a lease begin again: see locks.Driver.
func (l *Locks) Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	n, err := l.run(ctx, renew, name, owner, fmt.Sprint(lease.Milliseconds()))
	return n == 1, err
}

// Release ends a lease: see locks.Driver.
func (l *Locks) Release(ctx context.Context, name, owner string) error {
	_, err := l.run(ctx, release, name, owner)
	return err
}

// Wait returns when a lock is released: see locks.Driver.
func (l *Locks) Wait(ctx context.Context, name string) {
	channel := keysOf(name)[0]
	told, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err := l.conn.Do(ctx, func(c rueidis.Client) (none rueidis.RedisResult) {
		_ = c.Receive(told, c.B().Subscribe().Channel(channel).Build(), func(rueidis.PubSubMessage) { cancel() })
		return c.Do(context.WithoutCancel(ctx), c.B().Unsubscribe().Channel(channel).Build())
	})
	if err != nil {
		<-ctx.Done()
	}
}

// Ping returns nil if the server answers, and does not remove locks to make room.
func (l *Locks) Ping(ctx context.Context) error {
	if err := l.conn.Ping(ctx); err != nil {
		return err
	}
	result, err := l.conn.Do(ctx, func(c rueidis.Client) rueidis.RedisResult {
		return c.Do(ctx, c.B().Info().Section("memory").Build())
	})
	if kit.CodeOf(err) == kit.Unavailable {
		return err
	}
	info, _ := result.ToString() // not everybody may ask
	policy := setting(info, "maxmemory_policy")
	if limit := setting(info, "maxmemory"); limit == "" || limit == "0" || policy == "noeviction" {
		return nil
	}
	return kit.Errorf(kit.Invalid, "Redis at %s removes locks when it needs room: set its maxmemory-policy, which is %s, to noeviction", l.addr, policy)
}

// setting returns a line of what the server tells of itself.
func setting(info, name string) string {
	_, after, _ := strings.Cut("\n"+info, "\n"+name+":")
	value, _, _ := strings.Cut(after, "\r")
	return value
}

// Close ends the connections.
func (l *Locks) Close() error { return l.conn.Close() }
