package postgresstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// isConflict reports whether the transaction was undone for what another did, so
// that it can be run again.
func isConflict(err error) bool {
	return pq.As(err, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected) != nil
}

// isStale reports whether a prepared statement has to be prepared again: the
// tables have changed, or the server has forgotten it.
func isStale(err error) bool {
	changed := pq.As(err, pqerror.FeatureNotSupported)
	return pq.As(err, pqerror.InvalidSQLStatementName) != nil ||
		changed != nil && strings.Contains(changed.Message, "cached plan")
}

// isReadOnly reports whether a server did not take a change, and had no effect: it has
// become a standby, or was made read-only.
func isReadOnly(err error) bool { return pq.As(err, pqerror.ReadOnlySQLTransaction) != nil }

// withCode gives an error its code and a message for the caller.
func withCode(err error) error { return sqlstore.WithCode(err, ofDriver) }

func ofDriver(err error) error {
	if e := pq.As(err); e != nil {
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
	case pqerror.UniqueViolation:
		return sqlstore.Duplicate(err)
	case pqerror.ForeignKeyViolation, pqerror.RestrictViolation:
		return sqlstore.BrokenReference(err)
	case pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected:
		return kit.Wrap(kit.Conflict, err, "the change conflicts with a concurrent one")
	case pqerror.QueryCanceled, pqerror.LockNotAvailable:
		return kit.Wrap(kit.Unavailable, err, "the store took too long to answer")
	case pqerror.ReadOnlySQLTransaction:
		return kit.Wrap(kit.Unavailable, err, "the store is read-only")
	}
	switch class := e.Code.Class(); {
	case slices.Contains(unavailable, class):
		return kit.Wrap(kit.Unavailable, err, "the store is unavailable")
	case class == pqerror.ClassDataException, class == pqerror.ClassProgramLimitExceeded:
		return kit.Wrap(kit.Invalid, err, "the value cannot be stored")
	default:
		return kit.Wrap(kit.Internal, err, "the store failed")
	}
}

// unavailable are the classes of errors that are not of the statement.
var unavailable = []pqerror.Class{
	pqerror.ClassConnectionException,
	pqerror.ClassInvalidAuthorizationSpecification,
	pqerror.ClassInvalidCatalogName,
	pqerror.ClassInsufficientResources,
	pqerror.ClassOperatorIntervention,
	pqerror.ClassSystemError,
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
	where, mode := "the database "+s.String(), string(s.driver.SSLMode)
	var unknownAuthority x509.UnknownAuthorityError
	var wrongHost x509.HostnameError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	unusable, isKit := errors.AsType[*kit.Error](err)
	switch {
	case isKit:
		return kit.Wrap(unusable.Code, err, where+" cannot be used")
	case pq.As(err, pqerror.InvalidPassword, pqerror.InvalidAuthorizationSpecification) != nil:
		return kit.Wrap(kit.Invalid, err, where+" refuses the user "+s.driver.User)
	case pq.As(err, pqerror.InvalidCatalogName) != nil:
		return kit.Wrap(kit.Invalid, err, where+" does not exist")
	case pq.As(err, pqerror.DuplicatePstatement, pqerror.InvalidSQLStatementName) != nil:
		return kit.Wrap(kit.Invalid, err, where+" cannot be used: "+sharedSessions)
	case pq.As(err) != nil:
		return kit.Wrap(kit.Unavailable, err, where+" cannot be opened")
	case mayHaveRun(err) && !isTimeout(err):
		return kit.Wrap(kit.Unavailable, err, where+" ended the session; it may be stopping, or "+sharedSessions)
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
