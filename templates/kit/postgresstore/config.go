package postgresstore

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says where the server is, and how long to wait for it.
type Config struct {
	// DSN is where the database is, such as
	// postgres://user:password@host:5432/database?sslmode=verify-full. It must say
	// which sslmode is wanted. It leads to the server, or to a pooler that gives each
	// connection a session of its own, such as PgBouncer with pool_mode=session. Of several
	// hosts, as in postgres://user:password@one,two/database?port=5432,5432&sslmode=verify-full,
	// the one that is no standby is taken.
	DSN kit.Secret
	// Connections is how many changes may run at once, of which two thirds may be those of
	// subscribers; 0 is 12.
	Connections int
	// Readers is how many reads may run at once, beside the changes; 0 is 8.
	Readers int

	// ConnectTimeout limits the opening of a connection; 0 is 3 s.
	ConnectTimeout time.Duration
	// StatementTimeout limits each statement, and the wait for a connection; 0 is 5 s.
	StatementTimeout time.Duration
	// LockTimeout limits each wait for a lock; 0 is as long as a statement may take.
	LockTimeout time.Duration
	// IdleTimeout limits how long a transaction may do nothing; 0 is 30 s.
	IdleTimeout time.Duration
	// MigrationTimeout limits each statement of a migration; 0 is 15 min.
	MigrationTimeout time.Duration
}

func (c Config) withDefaults() Config {
	c.Connections = cmp.Or(max(c.Connections, 0), 12)
	c.Readers = cmp.Or(max(c.Readers, 0), 8)
	c.ConnectTimeout = cmp.Or(max(c.ConnectTimeout, 0), 3*time.Second)
	c.StatementTimeout = cmp.Or(max(c.StatementTimeout, 0), 5*time.Second)
	c.LockTimeout = cmp.Or(max(c.LockTimeout, 0), c.StatementTimeout)
	c.IdleTimeout = cmp.Or(max(c.IdleTimeout, 0), 30*time.Second)
	c.MigrationTimeout = cmp.Or(max(c.MigrationTimeout, 0), 15*time.Minute)
	return c
}

// What a server may take longer than it was told to, before its connection
// counts as dead.
const answerMargin = time.Second

// server is where connections lead, and what they ask for.
type server struct {
	Config
	driver pq.Config
	doubt  atomic.Int64 // when a connection was last lost: those used before may be, too
}

// newServer reads the DSN. The errors never show it: it holds a password.
func newServer(c Config) (*server, error) {
	dsn := c.DSN.Reveal()
	if dsn == "" {
		return nil, kit.Errorf(kit.Invalid, "the DSN of the database is empty")
	}
	parsed, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, withoutDSN(err, dsn), "the DSN of the database cannot be read")
	}
	if !sslModeSetting.MatchString(dsn) {
		return nil, kit.Errorf(kit.Invalid, "the DSN of the database does not set sslmode: "+
			"add sslmode=verify-full, or sslmode=disable for a server on this machine")
	}
	if portsOfHosts.MatchString(dsn) {
		return nil, kit.Errorf(kit.Invalid, "the DSN of the database has several hosts with a port each: "+
			"want postgres://user:password@one,two/database?port=5432,5432&sslmode=…")
	}
	return &server{Config: c.withDefaults(), driver: parsed}, nil
}

// sslModeSetting is how a DSN of either form says which sslmode is wanted.
var sslModeSetting = regexp.MustCompile(`(^|[\s?&])sslmode\s*=`)

// portsOfHosts is what the driver takes for parts of the names of hosts.
var portsOfHosts = regexp.MustCompile(`^\w+://([^@/?]*@)?[^@/?]*:\d+,`)

func isURL(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// withoutDSN returns an error that does not show the DSN.
func withoutDSN(err error, dsn string) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if isURL(dsn) || strings.Contains(err.Error(), dsn) {
		return errors.New("want postgres://user:password@host:port/database?sslmode=…, with special characters escaped")
	}
	return err
}

// String names the server and the database, without user and password.
func (s *server) String() string {
	address := s.driver.Host
	if s.driver.Hostaddr.IsValid() {
		address = s.driver.Hostaddr.String()
	}
	return address + ":" + strconv.Itoa(int(s.driver.Port)) + "/" + s.driver.Database
}

// settings returns those of a session, with the given ones.
func (s *server) settings(given map[string]string) map[string]string {
	all := maps.Clone(valueSettings)
	maps.Copy(all, map[string]string{
		"default_transaction_isolation":       "read committed",
		"statement_timeout":                   millis(s.StatementTimeout),
		"lock_timeout":                        millis(s.LockTimeout),
		"idle_in_transaction_session_timeout": millis(s.IdleTimeout),
	})
	maps.Copy(all, given)
	return all
}

// options returns the driver's configuration. Of several servers, it takes the one that
// is no standby.
func (s *server) options() pq.Config {
	c := s.driver.Clone()
	c.ConnectTimeout = s.ConnectTimeout
	if c.TargetSessionAttrs == "" || c.TargetSessionAttrs == pq.TargetSessionAttrsAny {
		c.TargetSessionAttrs = pq.TargetSessionAttrsPrimary
	}
	return c
}

func millis(d time.Duration) string { return strconv.FormatInt(max(1, d.Milliseconds()), 10) }
