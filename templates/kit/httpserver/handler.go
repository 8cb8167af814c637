package httpserver

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Handler answers a request. An error is sent as a problem: a *Problem as it is, any
// other with the status for its kit.Code.
type Handler func(r *Request) (Response, error)

// Middleware wraps a handler, for example to authenticate clients. It runs once the
// request has been admitted: the context has the request's ID and deadline, Pattern is
// that of the route, and the answer is logged and measured. To answer with a problem, call
// [Error].
type Middleware = func(http.Handler) http.Handler

// Response is the answer to a request.
type Response struct {
	Status   int    // 200 if zero
	Location string // the path of the created resource, or ""
	Version  int64  // of the resource, sent as ETag unless zero
	Body     []byte // JSON, or nil

	replayed bool // it was recorded for an earlier request with the same key
}

// JSON returns a response whose body is the value as encoding/json writes it.
func JSON(value any) (Response, error) {
	body, err := json.Marshal(value)
	return Response{Body: body}, err
}

// ServeHTTP calls h and sends its answer.
func (h Handler) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := requestOf(hr.Context()).with(hr)
	a, err := h(r)
	if err == nil && r.isConditional() && !r.isChange() && a.Status < http.StatusMultipleChoices {
		err = r.condition(&a)
	}
	if err == nil && !r.isChange() && !r.answers.take(cap(a.Body)) {
		err = kit.Errorf(kit.Overloaded, "the service holds as much of responses as it may (http.max_body_memory)")
	}
	if err != nil {
		Error(w, hr, err)
		return
	}
	if !r.isChange() { // what has changed something is answered in any case
		defer r.answers.give(cap(a.Body))
	}
	r.send(w, a)
}

// condition turns an answer to GET into the one that the preconditions require.
func (r *Request) condition(a *Response) error {
	notModified, err := r.precondition(a, nil)
	if notModified {
		a.Status = http.StatusNotModified
	}
	return err
}

// Error answers with the problem for err, which is logged as well. It is for middleware
// and for handlers given to [Server.Mount].
func Error(w http.ResponseWriter, hr *http.Request, err error) {
	r := requestOf(hr.Context())
	r.err = err
	p := *problemOf(err, hr.Header["If-Match"] != nil) // a copy: it may be answered to others as well
	p.RequestID = r.id
	p.send(w)
}

// send writes the response.
func (r *Request) send(w http.ResponseWriter, a Response) {
	a.Status = cmp.Or(a.Status, http.StatusOK)
	h := w.Header()
	if a.Location != "" {
		h.Set("Location", a.Location)
	}
	if a.replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if tag := a.tag(); tag != "" {
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
	}
	if a.Status == http.StatusNotModified {
		w.WriteHeader(a.Status)
		return
	}
	if a.Body != nil {
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client may be gone
}
