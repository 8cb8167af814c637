package postgreslocks

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// server is where connections lead. It opens them for package sql: connections on which
// nothing waits for longer than the timeout, since the driver would wait for a frozen server
// for as long as TCP does.
type server struct {
	Config
	driver pq.Config
}

var sslModeSetting = regexp.MustCompile(`(^|[\s?&])sslmode\s*=`)

// newServer reads the DSN. The errors never show it: it holds a password.
func newServer(c Config) (*server, error) {
	dsn := c.DSN.Reveal()
	if dsn == "" {
		return nil, kit.Errorf(kit.Invalid, "the DSN of the database of locks is empty")
	}
	parsed, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, kit.Errorf(kit.Invalid, "the DSN of the database of locks cannot be read: "+
			"want postgres://user:password@host:port/database?sslmode=…, with special characters escaped")
	}
	if !sslModeSetting.MatchString(dsn) {
		return nil, kit.Errorf(kit.Invalid, "the DSN of the database of locks does not set sslmode: "+
			"add sslmode=verify-full, or sslmode=disable for a server on this machine")
	}
	if parsed.TargetSessionAttrs == "" || parsed.TargetSessionAttrs == pq.TargetSessionAttrsAny {
		parsed.TargetSessionAttrs = pq.TargetSessionAttrsPrimary
	}
	parsed.ConnectTimeout = c.Timeout
	parsed.BinaryParameters = true // a statement is one round trip
	return &server{c, parsed}, nil
}

// String names the server and the database, without user and password.
func (s *server) String() string {
	address := s.driver.Host
	if s.driver.Hostaddr.IsValid() {
		address = s.driver.Hostaddr.String()
	}
	return address + ":" + strconv.Itoa(int(s.driver.Port)) + "/" + s.driver.Database
}

// Driver returns the driver.
func (s *server) Driver() driver.Driver { return &pq.Driver{} }

// Connect opens a connection. A change is on the disk before it is answered.
func (s *server) Connect(ctx context.Context) (driver.Conn, error) {
	ofDriver, err := pq.NewConnectorConfig(s.driver)
	if err != nil {
		return nil, err
	}
	ofDriver.Dialer(dialer{timeout: s.Timeout})
	conn, err := ofDriver.Connect(ctx)
	if err != nil {
		return nil, err
	}
	set := fmt.Sprintf("SET statement_timeout = %d; SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'",
		s.Timeout.Milliseconds())
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, set, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

type dialer struct {
	pq.Dialer // nil: the driver calls nothing but DialContext

	timeout time.Duration
}

// DialContext opens a network connection.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return impatient{c, d.timeout}, nil
}

// impatient is a network connection whose reads and writes have a timeout.
type impatient struct {
	net.Conn
	timeout time.Duration
}

// Read reads, within the timeout.
func (c impatient) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write writes, within the timeout.
func (c impatient) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// needs returns the error for a user who lacks a right.
func (s *server) needs(right string, cause error) error {
	return kit.Wrap(kit.Invalid, cause, fmt.Sprintf("the user %[1]s may not use the locks in the database %[2]s: "+
		"GRANT %[3]s TO %[1]s", pq.QuoteIdentifier(s.driver.User), s, right))
}

// explain returns an error that says what is wrong: Unavailable if the server may be back
// later, and Invalid if the configuration must be changed.
func (s *server) explain(err error) error {
	where := "the database of locks " + s.String()
	if _, ok := errors.AsType[*kit.Error](err); ok || err == nil {
		return err
	}
	if e := pq.As(err); e != nil {
		return s.refused(e, err)
	}
	if told, ok := errors.AsType[*net.DNSError](err); ok && told.IsNotFound {
		return kit.Wrap(kit.Invalid, err, where+" has no address")
	}
	var untrusted *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	if errors.As(err, &untrusted) || errors.As(err, &plain) || errors.Is(err, pq.ErrSSLNotSupported) {
		return kit.Wrap(kit.Invalid, err, where+" cannot be trusted, as sslmode="+string(s.driver.SSLMode)+" requires")
	}
	return kit.Wrap(kit.Unavailable, err, where+" does not answer")
}

// refused is explain for what the server tells.
func (s *server) refused(e *pq.Error, err error) error {
	where := "the database of locks " + s.String()
	switch e.Code {
	case pqerror.InvalidPassword, pqerror.InvalidAuthorizationSpecification:
		return kit.Wrap(kit.Invalid, err, where+" refuses the user "+s.driver.User)
	case pqerror.InvalidCatalogName:
		return kit.Wrap(kit.Invalid, err, where+" does not exist")
	case pqerror.InvalidSchemaName:
		return kit.Wrap(kit.Invalid, err, where+" has no schema for the table: make one, or set search_path in the DSN")
	case pqerror.InsufficientPrivilege:
		return s.needs("CREATE ON SCHEMA …, or SELECT, INSERT, UPDATE, DELETE ON \"kit_lock\"", err)
	case pqerror.ReadOnlySQLTransaction, pqerror.QueryCanceled, pqerror.LockNotAvailable, pqerror.UndefinedTable:
		return kit.Wrap(kit.Unavailable, err, where+" does not serve now")
	}
	if slices.Contains(unavailable, e.Code.Class()) {
		return kit.Wrap(kit.Unavailable, err, where+" does not serve now")
	}
	return kit.Wrap(kit.Internal, err, where+" does not do what is asked of it")
}

// unavailable are the classes of errors that are not of the statement.
var unavailable = []pqerror.Class{
	pqerror.ClassConnectionException, pqerror.ClassInsufficientResources, pqerror.ClassOperatorIntervention,
	pqerror.ClassSystemError, pqerror.ClassTransactionRollback,
}
