package bench

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/redis/rueidis"
	etcd "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/etcdlocks"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/postgreslocks"
	"github.com/outgrowkit/outgrow/templates/kit/redislocks"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
	"github.com/outgrowkit/outgrow/templates/kit/zookeeperlocks"
)

const lockedPerSecond = "locks/s"

// No server waits for its disk here: with it, the disk is all that is measured.
var locksRows = []paired.Row{
	locked("redis", "lock and release, Redis", "rueidis by hand", withRedis, rueidisLock),
	locked("postgres", "lock and release, Postgres", "lib/pq by hand", withPostgres, pqLock),
	locked("etcd", "lock and release, etcd", "client v3 by hand", withEtcd, etcdLock),
	locked("zookeeper", "lock and release, ZooKeeper", "zk by hand", withZooKeeper, zkLock),
}

// locker takes a lock and releases it.
type locker func(ctx context.Context, name string) error

func locked(name, title, byHand string, a, b func(*testing.T) locker) paired.Row {
	return paired.Row{
		Name: "locks-" + name, Title: title, A: "locks", B: byHand,
		Lines: []paired.Line{{Figure: lockedPerSecond, AtLeast: 0.9}},
		Open:  func(t *testing.T) paired.Sides { return paired.Sides{A: lockRound(a(t)), B: lockRound(b(t))} },
	}
}

// lockRound takes locks from 16 goroutines, each one of its own.
func lockRound(one locker) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		var done atomic.Int64
		var all sync.WaitGroup
		began := time.Now()
		for g := range 16 {
			all.Go(func() {
				for n := 0; time.Since(began) < d; n++ {
					if err := one(t.Context(), "orders/"+strconv.Itoa(g*1000+n%1000)); err != nil {
						t.Error(err)
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		return paired.Figures{lockedPerSecond: float64(done.Load()) / time.Since(began).Seconds()}
	}
}

func overDriver(t *testing.T, d locks.Driver, err error) locker {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	l := locks.New("shop", locks.Config{}, d, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = l.Close() })
	return func(ctx context.Context, name string) error {
		return l.Do(ctx, name, func(context.Context, int64) error { return nil })
	}
}

var errHeld = errors.New("another one has it")

func withRedis(t *testing.T) locker {
	d, err := redislocks.New(redislocks.Config{Addr: testserver.Redis(t), Timeout: 10 * time.Second})
	return overDriver(t, d, err)
}

func rueidisLock(t *testing.T) locker {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{testserver.Redis(t)}, DisableCache: true, ConnWriteTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	acquire := rueidis.NewLuaScript(`if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
		return redis.call('INCR', KEYS[2])`)
	release := rueidis.NewLuaScript(`if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
		redis.call('DEL', KEYS[1])
		return redis.call('PUBLISH', KEYS[1], '')`)
	return func(ctx context.Context, name string) error {
		keys, owner := []string{"{" + name + "}:hand", "{" + name + "}:count"}, kit.NewUUID().String()
		token, err := acquire.Exec(ctx, client, keys, []string{owner, "10000"}).AsInt64()
		if err == nil && token == 0 {
			err = errHeld
		}
		if err != nil {
			return err
		}
		return release.Exec(ctx, client, keys[:1], []string{owner}).Error()
	}
}

func withPostgres(t *testing.T) locker {
	d, err := postgreslocks.New(postgreslocks.Config{DSN: kit.NewSecret(testserver.Postgres(t)), Connections: 16, Timeout: 10 * time.Second})
	return overDriver(t, d, err)
}

func pqLock(t *testing.T) locker {
	db, err := sql.Open("postgres", testserver.Postgres(t)+"&binary_parameters=yes")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE lock (name text PRIMARY KEY, owner text NOT NULL, token bigint NOT NULL, until timestamptz NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, name string) error {
		owner, token := kit.NewUUID().String(), int64(0)
		err := db.QueryRowContext(ctx, `INSERT INTO lock VALUES ($1, $2, 1, clock_timestamp() + interval '10 s') ON CONFLICT (name)
			DO UPDATE SET owner = excluded.owner, token = lock.token + 1, until = excluded.until
			WHERE lock.until <= clock_timestamp() RETURNING token`, name, owner).Scan(&token)
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `UPDATE lock SET until = clock_timestamp() WHERE name = $1 AND owner = $2`, name, owner)
		return err
	}
}

func withEtcd(t *testing.T) locker {
	d, err := etcdlocks.New(etcdlocks.Config{Addr: testserver.Etcd(t), Timeout: 10 * time.Second})
	return overDriver(t, d, err)
}

func etcdLock(t *testing.T) locker {
	client, err := etcd.New(etcd.Config{Endpoints: []string{testserver.Etcd(t)}, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return func(ctx context.Context, name string) error {
		key := "hand/" + name
		found, err := client.Get(ctx, key, etcd.WithCountOnly())
		if err == nil && found.Count > 0 {
			err = errHeld
		}
		if err != nil {
			return err
		}
		lease, err := client.Grant(ctx, 10)
		if err != nil {
			return err
		}
		made, err := client.Txn(ctx).If(etcd.Compare(etcd.CreateRevision(key), "=", 0)).
			Then(etcd.OpPut(key, "", etcd.WithLease(lease.ID))).Commit()
		if err == nil && !made.Succeeded {
			err = errHeld
		}
		if err != nil {
			return err
		}
		_, err = client.Revoke(ctx, lease.ID)
		return err
	}
}

func withZooKeeper(t *testing.T) locker {
	d, err := zookeeperlocks.New(0, zookeeperlocks.Config{Addr: testserver.ZooKeeper(t), Timeout: 10 * time.Second})
	return overDriver(t, d, err)
}

func zkLock(t *testing.T) locker {
	client, _, err := zk.Connect([]string{testserver.ZooKeeper(t)}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	acl := zk.WorldACL(zk.PermAll)
	for _, path := range []string{"/hand", "/count"} {
		if _, err := client.Create(path, nil, zk.FlagPersistent, acl); err != nil && !errors.Is(err, zk.ErrNodeExists) {
			t.Fatal(err)
		}
	}
	return func(_ context.Context, name string) error {
		path := "/hand/" + strings.ReplaceAll(name, "/", "-")
		held, _, err := client.Exists(path)
		if err == nil && held {
			err = errHeld
		}
		if err == nil {
			_, err = client.Multi(&zk.CreateRequest{Path: path, Acl: acl, Flags: zk.FlagEphemeral}, &zk.SetDataRequest{Path: "/count", Version: -1})
		}
		if err != nil {
			return err
		}
		return client.Delete(path, -1)
	}
}
