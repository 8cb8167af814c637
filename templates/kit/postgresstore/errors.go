package postgresstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// The codes of the server that are looked for by name.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	restrictViolation   = "23001"
	serializationFailed = "40001"
	deadlockDetected    = "40P01"
	queryCanceled       = "57014"
	lockNotAvailable    = "55P03"
	readOnlyTransaction = "25006"
	transactionFailed   = "25P02"
	featureNotSupported = "0A000"
	noSuchStatement     = "26000"
	wrongPassword       = "28P01"
	notPermittedToEnter = "28000"
	noSuchDatabase      = "3D000"
)

// codeOf returns the code that the server gave the error, or "".
func codeOf(err error) string {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return string(e.Code)
	}
	return ""
}

// isConflict reports whether the transaction was undone for what another did, so
// that it can be run again.
func isConflict(err error) bool {
	code := codeOf(err)
	return code == serializationFailed || code == deadlockDetected
}

// isStale reports whether a prepared statement has to be prepared again: the
// tables have changed, or the server has forgotten it.
func isStale(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == noSuchStatement || e.Code == featureNotSupported && strings.Contains(e.Message, "cached plan"))
}

// withCode gives an error its code and a message for the caller.
func withCode(err error) error { return sqlstore.WithCode(err, ofDriver) }

func ofDriver(err error) error {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return fromServer(e, err)
	}
	if isLost(err) {
		return kit.Wrap(kit.Unavailable, err, "the connection to the store was lost")
	}
	return nil
}

// isLost reports whether an error is of the connection.
func isLost(err error) bool {
	if _, ok := errors.AsType[*lostError](err); ok {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, driver.ErrBadConn)
}

// fromServer gives an error of the server its code, by its SQLSTATE.
func fromServer(e *pq.Error, err error) error {
	switch e.Code {
	case uniqueViolation:
		return sqlstore.Duplicate(err)
	case foreignKeyViolation, restrictViolation:
		return sqlstore.BrokenReference(err)
	case serializationFailed, deadlockDetected:
		return kit.Wrap(kit.Conflict, err, "the change conflicts with a concurrent one")
	case queryCanceled, lockNotAvailable:
		return kit.Wrap(kit.Unavailable, err, "the store took too long to answer")
	case readOnlyTransaction:
		return kit.Wrap(kit.Unavailable, err, "the store is read-only")
	}
	switch e.Code.Class() {
	case "08", "28", "3D", "53", "57", "58": // connection, authorization, resources, intervention, system
		return kit.Wrap(kit.Unavailable, err, "the store is unavailable")
	case "22", "54": // data, limits
		return kit.Wrap(kit.Invalid, err, "the value cannot be stored")
	default:
		return kit.Wrap(kit.Internal, err, "the store failed")
	}
}

// withContext gives the reason of an error that came because a context ended.
func withContext(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return withCode(err)
	}
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return err
	}
	return withCode(errors.Join(ctx.Err(), err))
}

// errUnknown tells of a change that may have been committed or not. It must not be
// retried automatically.
func errUnknown(cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "the store did not confirm the change: it may have been made, or not")
}

// cannotConnect says why the database cannot be opened, in words for the
// person who starts the process. Invalid is what no waiting will help.
func (s *server) cannotConnect(err error) error {
	where := "the database " + s.String()
	switch codeOf(err) {
	case wrongPassword, notPermittedToEnter:
		return kit.Wrap(kit.Invalid, err, where+" refuses the user "+s.driver.User)
	case noSuchDatabase:
		return kit.Wrap(kit.Invalid, err, where+" does not exist")
	case "":
	default:
		return kit.Wrap(kit.Unavailable, err, where+" cannot be opened")
	}
	mode := string(s.driver.SSLMode)
	var unknownAuthority x509.UnknownAuthorityError
	var wrongHost x509.HostnameError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return kit.Wrap(kit.Invalid, err, where+" does not offer TLS, which sslmode="+mode+" requires")
	case errors.As(err, &unknownAuthority), errors.As(err, &wrongHost), errors.As(err, &certificate), errors.As(err, &record):
		return kit.Wrap(kit.Invalid, err, where+" cannot be trusted, as sslmode="+mode+" requires")
	case isTimeout(err):
		return kit.Wrap(kit.Unavailable, err, where+" does not answer within "+s.ConnectTimeout.String())
	default:
		return kit.Wrap(kit.Unavailable, err, where+" cannot be reached")
	}
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
