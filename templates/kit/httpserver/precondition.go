package httpserver

import (
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// An entity tag is the version of a resource and the checksum of the body, such as
// "7-1b2c3d4e". Two builds of a service may write one version differently, for example with
// another field: If-None-Match compares whole tags, so that no client keeps the other's
// body. If-Match compares versions, so that a change may go to either build. A tag without
// a checksum, such as "7", is a version as well.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tag returns the entity tag of the response, or "" if it has no version.
func (a Response) tag() string {
	if a.Version == 0 {
		return ""
	}
	return fmt.Sprintf(`"%d-%08x"`, a.Version, crc32.Checksum(a.Body, castagnoli))
}

func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// versionOf returns the version in a strong tag, or 0 if there is none.
func versionOf(tag string) int64 {
	parts := validVersion.FindStringSubmatch(tag)
	if parts == nil {
		return 0
	}
	version, _ := strconv.ParseInt(parts[1], 10, 64) // 0 if it is too large
	return version
}

var (
	validVersion = regexp.MustCompile(`^"([1-9][0-9]{0,18})(?:-[0-9a-f]{8})?"$`)
	firstTag     = regexp.MustCompile(`^[ \t,]*((?:W/)?"[^\x00-\x20"\x7f]*")[ \t]*(?:,|$)`)
)

// tags returns the entity tags that a header lists, of which * may be the only one. The
// error is 400 if it is there but is not such a list.
func (r *Request) tags(header string) (all []string, err error) {
	list := strings.Join(r.Header[header], ",")
	if strings.TrimSpace(list) == "*" {
		return []string{"*"}, nil
	}
	for strings.Trim(list, " \t,") != "" {
		found := firstTag.FindStringSubmatch(list)
		if found == nil {
			all = nil
			break
		}
		all, list = append(all, found[1]), list[len(found[0]):]
	}
	if len(all) == 0 && r.Header[header] != nil {
		return nil, NewProblem(http.StatusBadRequest, kit.Invalid, "the header %s must be a list of entity tags, or *", header)
	}
	return all, nil
}

// isConditional reports whether there are preconditions.
func (r *Request) isConditional() bool {
	return r.Header["If-Match"] != nil || r.Header["If-None-Match"] != nil
}

// precondition evaluates If-Match and If-None-Match for the current response to GET, or
// nil if there is none, for the reason gone (RFC 9110, section 13.2.2; there are no dates or
// ranges). It reports whether the client knows what it would read, and returns why the
// request must not be handled.
func (r *Request) precondition(current *Response, gone error) (notModified bool, err error) {
	match, err := r.tags("If-Match")
	if err != nil {
		return false, err
	}
	if match != nil && !slices.ContainsFunc(match, func(tag string) bool {
		return current != nil && (tag == "*" || current.Version != 0 && versionOf(tag) == current.Version)
	}) {
		return false, cmp.Or[error](gone, preconditionFailed())
	}
	noneMatch, err := r.tags("If-None-Match")
	if err != nil && r.isChange() {
		return false, err
	}
	known := slices.ContainsFunc(noneMatch, func(tag string) bool {
		return current != nil && (tag == "*" || strings.TrimPrefix(tag, "W/") == current.tag())
	})
	if known && r.isChange() {
		return false, preconditionFailed()
	}
	return known, nil
}

func preconditionFailed() *Problem {
	return NewProblem(http.StatusPreconditionFailed, kit.Conflict, "the resource is not in the state that the precondition requires")
}

// guarded returns a handler that changes a resource only in the state that the
// preconditions require. The state is what the handler for GET returns, in the same
// transaction; that of a path below {id}, such as /orders/{id}/cancel, is that of
// /orders/{id}. If the handler takes the version, and one is required, it is not read.
func (s *Server) guarded(path string, versioned bool, h Handler) Handler {
	return func(r *Request) (a Response, err error) {
		match := r.Header["If-Match"]
		one := versioned && len(match) == 1 && versionOf(match[0]) != 0
		if r.Header["If-None-Match"] == nil && (match == nil || one) {
			return h(r)
		}
		err = s.deps.within(r.Context(), func(ctx context.Context) error {
			inner := r.with(r.WithContext(ctx))
			if err := s.checkState(path, inner); err != nil {
				return err
			}
			a, err = h(inner)
			return err
		})
		return a, err
	}
}

// within runs fn in a transaction if there is a transactor.
func (d Deps) within(ctx context.Context, fn func(context.Context) error) error {
	if d.Tx == nil {
		return fn(ctx)
	}
	return d.Tx.Within(ctx, fn)
}

// checkState evaluates the preconditions of a request that changes something, and keeps
// the version that they were evaluated for. The error is NotFound if there is no such
// resource and If-Match requires one.
func (s *Server) checkState(path string, r *Request) error {
	read := s.readers[path]
	for ; read == nil && strings.Contains(path, "}/"); read = s.readers[path] {
		path = path[:strings.LastIndex(path, "}/")+1]
	}
	if read == nil {
		return nil // it has no state that could be read
	}
	asked := r.with(r.Clone(r.Context()))
	asked.Method, asked.body, asked.URL.RawQuery = http.MethodGet, nil, ""
	var current *Response
	found, gone := read(asked)
	if gone == nil {
		current, r.version = &found, found.Version
	} else if kit.CodeOf(gone) != kit.NotFound {
		return gone
	}
	_, err := r.precondition(current, gone)
	return err
}
