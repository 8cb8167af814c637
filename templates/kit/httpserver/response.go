package httpserver

import (
	"net/http"
	"strconv"
)

// Handler answers a request. An error is answered as a problem by its code.
type Handler func(r *Request) (Response, error)

// Response is the answer to a request.
type Response struct {
	Status   int    // 200 where it is zero
	Location string // the path of what was made, or ""
	Version  int64  // of what is answered, sent as ETag where it is not zero
	Body     []byte // JSON, or nil

	replayed bool // it is the answer to an earlier request with the same key
}

// The values of headers that are always the same are shared by all answers.
var (
	contentTypeJSON    = []string{"application/json"}
	contentTypeProblem = []string{"application/problem+json"}
	contentTypeHTML    = []string{"text/html; charset=utf-8"}
	cacheNever         = []string{"no-store"}
	cacheAskAgain      = []string{"private, no-cache"}
	sniffNever         = []string{"nosniff"}
	policyNothing      = []string{"default-src 'none'; frame-ancestors 'none'"}
	replayedTrue       = []string{"true"}
)

// send writes the response and returns its status.
func (r *Request) send(w http.ResponseWriter, a *Response) int {
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	h := w.Header()
	if a.Location != "" {
		h["Location"] = r.value(1, a.Location)
	}
	if a.replayed {
		h["Idempotency-Replayed"] = replayedTrue
	}
	if a.Version != 0 {
		tag := tagOf(a.Version)
		h["Etag"] = r.value(2, tag)
		h["Cache-Control"] = cacheAskAgain
		if status == http.StatusOK && (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.noneMatch(tag) {
			w.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified
		}
	}
	r.sendBody(w, status, a.Body)
	return status
}

func (r *Request) sendBody(w http.ResponseWriter, status int, body []byte) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	h := w.Header()
	h["Content-Type"] = contentTypeJSON
	// net/http counts what fits into its buffer by itself.
	const buffered = 2048
	if len(body) > buffered || r.Method == http.MethodHead {
		h["Content-Length"] = r.value(3, strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // who asked may be gone
	}
}

// value returns the header's value without an allocation of its own.
func (r *Request) value(i int, s string) []string {
	r.values[i] = s
	return r.values[i : i+1 : i+1]
}
