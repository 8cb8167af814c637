package httpserver

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// once returns a handler that handles one request for each Idempotency-Key, if replies can
// be kept.
func once(d Deps, h Handler) Handler {
	if d.Idempotency == nil {
		return h
	}
	return func(r *Request) (Response, error) {
		keys := r.Header["Idempotency-Key"]
		if len(keys) == 0 {
			return h(r)
		}
		if len(keys) > 1 || !validKey.MatchString(keys[0]) {
			return Response{}, NewProblem(http.StatusBadRequest, kit.Invalid,
				"the header Idempotency-Key must be given once and have 1 to 255 visible ASCII characters")
		}
		key := scoped(r.Context(), keys[0])
		a, raced, err := answerOnce(d, h, r, key)
		if raced {
			// A concurrent request with the same key was first: replay its answer.
			a, _, err = answerOnce(d, h, r, key)
		}
		return a, err
	}
}

type identityKey struct{}

// WithIdentity returns a context for the requests of a caller, for middleware that
// authenticates: callers do not share Idempotency-Keys. The identity, such as a user ID,
// must stay the same when credentials are renewed.
func WithIdentity(ctx context.Context, identity string) context.Context {
	return context.WithValue(ctx, identityKey{}, identity)
}

// scoped returns the key under which the reply to a caller is kept. A space is in no key of
// clients, so that nobody can choose that of another.
func scoped(ctx context.Context, key string) string {
	identity, ok := ctx.Value(identityKey{}).(string)
	if !ok {
		return key
	}
	return fmt.Sprintf("of %x", sha256.Sum256([]byte(key+" "+identity)))
}

// validKey matches visible ASCII characters.
var validKey = regexp.MustCompile(`^[!-~]{1,255}$`)

// answerOnce returns the recorded answer; if there is none, it runs the handler and records
// its answer in the same transaction. It reports whether another request recorded one first.
func answerOnce(d Deps, h Handler, r *Request, key string) (a Response, raced bool, err error) {
	digest := r.digest()
	err = d.Tx.Within(r.Context(), func(ctx context.Context) error {
		kept, err := d.Idempotency.Recall(ctx, key)
		switch {
		case err == nil && kept.Request != digest:
			return kit.Errorf(kit.Invalid, "the Idempotency-Key was used for a different request")
		case err == nil:
			a = replay(kept)
			return nil
		case kit.CodeOf(err) != kit.NotFound:
			return err
		}
		if a, err = h(r.with(r.WithContext(ctx))); err != nil {
			return err
		}
		err = d.Idempotency.Remember(ctx, key, replyOf(a, digest), d.Clock.Now())
		raced = kit.CodeOf(err) == kit.AlreadyExists
		return err
	})
	return a, raced, err
}

// digest distinguishes requests that have the same key.
func (r *Request) digest() [sha256.Size]byte {
	return sha256.Sum256(append([]byte(r.Method+" "+r.URL.RequestURI()+"\n"), r.body...))
}

func replyOf(a Response, digest [sha256.Size]byte) kit.Reply {
	header := map[string]string{}
	if a.Location != "" {
		header["Location"] = a.Location
	}
	if a.Version != 0 {
		header["ETag"] = versionTag(a.Version)
	}
	return kit.Reply{Request: digest, Status: a.Status, Header: header, Body: a.Body}
}

func replay(kept kit.Reply) Response {
	return Response{
		Status:   kept.Status,
		Location: kept.Header["Location"],
		Version:  versionOf(kept.Header["ETag"]), // written by replyOf, or absent
		Body:     kept.Body,
		replayed: true,
	}
}
