package httpserver

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"regexp"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// once returns a handler that handles one request for each Idempotency-Key.
func once(d Deps, h Handler) Handler {
	return func(r *Request) (Response, error) {
		keys := r.Header["Idempotency-Key"]
		if len(keys) == 0 {
			return h(r)
		}
		if len(keys) > 1 || !validKey.MatchString(keys[0]) {
			return Response{}, NewProblem(http.StatusBadRequest, kit.Invalid,
				"the header Idempotency-Key must be given once and have 1 to 255 visible ASCII characters")
		}
		o := onceOnly{deps: d, key: keys[0], digest: r.digest(), handler: h}
		a, err := o.answer(r)
		if o.raced {
			// A concurrent request with the same key was first: replay its answer.
			a, err = o.answer(r)
		}
		return a, err
	}
}

// validKey matches visible ASCII characters.
var validKey = regexp.MustCompile(`^[!-~]{1,255}$`)

// digest distinguishes requests that have the same key.
func (r *Request) digest() (sum [sha256.Size]byte) {
	h := sha256.New()
	_, _ = io.WriteString(h, r.Method+" "+r.URL.RequestURI()+"\n") // a hash never fails
	_, _ = h.Write(r.body)
	h.Sum(sum[:0])
	return sum
}

// onceOnly is one request with a key.
type onceOnly struct {
	deps    Deps
	key     string
	digest  [sha256.Size]byte
	handler Handler
	raced   bool
}

// answer returns the recorded answer; if there is none, it runs the handler and records
// its answer in the same transaction.
func (o *onceOnly) answer(r *Request) (a Response, err error) {
	o.raced = false
	err = o.deps.Tx.Within(r.Context(), func(ctx context.Context) error {
		kept, err := o.deps.Idempotency.Recall(ctx, o.key)
		switch {
		case err == nil:
			a, err = o.replay(kept)
			return err
		case kit.CodeOf(err) != kit.NotFound:
			return err
		}
		if a, err = o.handler(r.with(r.WithContext(ctx))); err != nil {
			return err
		}
		err = o.deps.Idempotency.Remember(ctx, o.key, o.reply(a), o.deps.Clock.Now())
		o.raced = kit.CodeOf(err) == kit.AlreadyExists
		return err
	})
	return a, err
}

func (o *onceOnly) reply(a Response) kit.Reply {
	header := map[string]string{}
	if a.Location != "" {
		header["Location"] = a.Location
	}
	if a.Version != 0 {
		header["ETag"] = tagOf(a.Version)
	}
	return kit.Reply{Request: o.digest, Status: a.Status, Header: header, Body: a.Body}
}

func (o *onceOnly) replay(kept kit.Reply) (Response, error) {
	if kept.Request != o.digest {
		return Response{}, kit.Errorf(kit.Invalid, "the Idempotency-Key was used for a different request")
	}
	version, _ := parseTag(kept.Header["ETag"]) // written by reply, or absent
	return Response{
		Status:   kept.Status,
		Location: kept.Header["Location"],
		Version:  version,
		Body:     kept.Body,
		replayed: true,
	}, nil
}
