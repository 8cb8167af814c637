package httpserver

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Handler answers a request. An error is sent as a problem: a *Problem as it is, any
// other with the status for its kit.Code.
type Handler func(r *Request) (Response, error)

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

// Constant values of headers are shared by all responses.
var (
	contentTypeJSON    = []string{"application/json"}
	contentTypeProblem = []string{"application/problem+json"}
	contentTypeHTML    = []string{"text/html; charset=utf-8"}
	cacheNever         = []string{"no-store"}
	cacheRevalidate    = []string{"private, no-cache"}
	noSniff            = []string{"nosniff"}
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
		h["Location"] = []string{a.Location}
	}
	if a.replayed {
		h["Idempotency-Replayed"] = replayedTrue
	}
	if a.Version != 0 {
		tag := tagOf(a.Version)
		h["Etag"] = []string{tag}
		h["Cache-Control"] = cacheRevalidate
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
	// net/http sets the length of a body that fits into its buffer.
	const buffered = 2048
	if len(body) > buffered || r.Method == http.MethodHead {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may be gone
	}
}
