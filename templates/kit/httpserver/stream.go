package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// outer is a request as it was before its body was hidden.
type outer struct {
	*http.Request
	control *http.ResponseController // of the connection, whatever middleware does
	hidden  bool                     // or else the body was read before
	cut     bool                     // the answer ended early
}

type outerKey struct{}

// Stream serves requests that match a pattern, such as "PUT /videos/{id}", with a handler
// that reads and writes for as long as the client does. Its error is answered if nothing was
// written yet, and otherwise cuts the answer off, which the client sees. max_body does not
// limit the bodies, nor do timeouts, unless read_timeout or write_timeout passes without a
// byte. Such requests keep no others waiting; at most max_in_flight of a pattern are served
// at once. When the server shuts down they have request_timeout left, as others have.
func (s *Server) Stream(pattern string, h func(http.ResponseWriter, *http.Request) error) {
	s.stream(pattern, true, h)
}

// Send serves requests as Stream does, but for their bodies: these are read before, as those
// of other requests, and only the answer is a stream.
func (s *Server) Send(pattern string, h func(http.ResponseWriter, *Request) error) {
	s.stream(pattern, false, func(w http.ResponseWriter, hr *http.Request) error {
		return h(w, requestOf(hr.Context()).with(hr))
	})
}

// MaxUpload is how many bytes a body has at most that is read as a stream, unless it is said
// otherwise.
const MaxUpload = 1 << 30

// Receive serves requests whose body is read as a stream, of so many bytes at most. What is
// answered is no stream. A POST must have a Content-Type that a form has not, or pages of
// others could have a browser send it.
func (s *Server) Receive(pattern string, limit int64, h func(r *Request, body io.Reader) (Response, error)) {
	s.stream(pattern, true, func(w http.ResponseWriter, hr *http.Request) error {
		if isForm(hr) {
			return NewProblem(http.StatusUnsupportedMediaType, kit.Invalid, "the body must have a Content-Type such as application/octet-stream, and not that of a form")
		}
		if hr.ContentLength > limit {
			return &http.MaxBytesError{Limit: limit}
		}
		r := requestOf(hr.Context()).with(hr)
		a, err := h(r, http.MaxBytesReader(w, hr.Body, limit))
		if err == nil {
			r.send(w, a)
		}
		return err
	})
}

// isForm reports whether a page of any origin can send the request without asking first.
func isForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // "" if it is malformed
	return r.Method == http.MethodPost && slices.Contains([]string{"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"}, kind)
}

func (s *Server) stream(pattern string, hide bool, h func(http.ResponseWriter, *http.Request) error) {
	slots := make(chan struct{}, s.config.MaxInFlight)
	stopping, stop := context.WithCancel(context.Background())
	s.server.RegisterOnShutdown(func() { time.AfterFunc(s.config.RequestTimeout, stop) })
	var inner http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			Error(w, r, kit.Errorf(kit.Overloaded, "too many streams are sent and received"))
			return
		}
		isChange := requestOf(r.Context()).isChange()
		s.admission.release(isChange)
		defer s.resume(isChange)
		s.streamTo(stopping, w, r, h)
	})
	for _, wrap := range slices.Backward(s.deps.Middleware) {
		inner = wrap(inner)
	}
	s.taken[pattern] = true
	serve := s.route(pattern, inner)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		of := &outer{Request: r, control: http.NewResponseController(w), hidden: hide}
		seen := r.WithContext(context.WithValue(r.Context(), outerKey{}, of))
		if hide {
			seen.Body, seen.ContentLength = http.NoBody, 0 // or it would be read into memory
		}
		serve(w, seen)
		if of.cut {
			panic(http.ErrAbortHandler) // so that half an answer does not look complete
		}
	})
}

// resume takes the slot again that the route gives back.
func (s *Server) resume(isChange bool) {
	if isChange {
		s.admission.changes <- struct{}{}
	}
	s.admission.slots <- struct{}{}
}

// streamTo runs a handler with the body of the request, and with deadlines that move. Its
// context ends when the client has gone, or the server is stopping.
func (s *Server) streamTo(stopping context.Context, w http.ResponseWriter, r *http.Request, h func(http.ResponseWriter, *http.Request) error) {
	of := r.Context().Value(outerKey{}).(*outer)
	ctx, cancel := context.WithCancel(of.Context())
	defer cancel()
	defer context.AfterFunc(stopping, cancel)()
	c := &streaming{ResponseWriter: w, control: of.control, config: &s.config, body: of.Body}
	r = r.WithContext(valuesOf{ctx, r.Context()})
	if of.hidden {
		r.Body, r.ContentLength = c, of.ContentLength
	}
	_ = c.control.SetReadDeadline(time.Time{}) // it is set with each read
	err := h(c, r)
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = NewProblem(http.StatusRequestEntityTooLarge, kit.Invalid, "the body must not exceed %d bytes", large.Limit)
	}
	if err != nil && c.answered {
		requestOf(r.Context()).err, of.cut = err, true
	} else if err != nil {
		Error(c, r, err)
	}
}

// valuesOf is a context with the values of another one, and not its deadline.
type valuesOf struct {
	context.Context
	values context.Context
}

// Value returns a value.
func (c valuesOf) Value(key any) any { return c.values.Value(key) }

// streaming is a client that may take as long as it goes on.
type streaming struct {
	http.ResponseWriter
	control  *http.ResponseController
	config   *Config
	body     io.ReadCloser
	answered bool
}

// Read reads a part of the body.
func (c *streaming) Read(p []byte) (int, error) {
	_ = c.control.SetReadDeadline(time.Now().Add(c.config.ReadTimeout)) // without one, there is none
	n, err := c.body.Read(p)
	if err == nil {
		return n, nil
	}
	_ = c.control.SetReadDeadline(time.Time{})
	if err != io.EOF { //nolint:errorlint // one that wraps it is not the end
		err = malformed("the body ended early", err)
	}
	return n, err
}

// Close does nothing: the server does it.
func (c *streaming) Close() error { return nil }

// WriteHeader sends the status.
func (c *streaming) WriteHeader(status int) {
	c.answered = true
	_ = c.control.SetWriteDeadline(time.Now().Add(c.config.WriteTimeout))
	c.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (c *streaming) Write(p []byte) (int, error) {
	c.answered = true
	_ = c.control.SetWriteDeadline(time.Now().Add(c.config.WriteTimeout))
	return c.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController access to the wrapped writer.
func (c *streaming) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// AppendProblem appends the problem for err as JSON, for answers that have begun.
func AppendProblem(ctx context.Context, b []byte, err error) []byte {
	p := *problemOf(err, false)
	p.RequestID = RequestID(ctx)
	text, err := json.Marshal(p)
	if err != nil { // it has only strings and numbers
		panic(err)
	}
	return append(b, text...)
}

// ReadProblem returns the error of which AppendProblem has appended the problem.
func ReadProblem(data []byte) error {
	as := http.Response{
		StatusCode: http.StatusInternalServerError, Status: "an error that it does not describe",
		Header: http.Header{"Content-Type": {"application/problem+json"}},
	}
	return errorOf(&as, data)
}

// Open makes a call with a body, unless it is nil, and returns the response, whose body is
// to be read and closed. A problem is returned as [Caller.Do] does. The call may take as long
// as ctx lasts, whatever the timeout of the client. When Open returns, it reads the body no
// longer.
func (c *Caller) Open(ctx context.Context, spec CallSpec, body io.Reader) (*http.Response, error) {
	r, err := c.request(ctx, spec)
	if err != nil {
		return nil, err
	}
	if body != nil {
		sent := &sending{body: body}
		defer sent.end()
		r.Body, r.ContentLength, r.GetBody = sent, lengthOf(body), nil
		r.Header.Set("Content-Type", "application/octet-stream")
	}
	patient := *c.client
	patient.Timeout = 0
	got, err := patient.Do(r)
	if err == nil && got.StatusCode >= 200 && got.StatusCode <= 299 {
		return got, nil
	}
	_, err = answerOf(got, err)
	return nil, err
}

// Send makes a call as Open does, and returns the body of a successful answer as [Caller.Do]
// does.
func (c *Caller) Send(ctx context.Context, spec CallSpec, body io.Reader) ([]byte, error) {
	got, err := c.Open(ctx, spec, body) //nolint:bodyclose // answerOf does it
	if err != nil {
		return nil, err
	}
	return answerOf(got, nil)
}

// lengthOf returns how much there is to read, or -1 if that is not known.
func lengthOf(r io.Reader) int64 {
	if known, ok := r.(interface{ Len() int }); ok {
		return int64(known.Len())
	}
	return -1
}

// sending is a body that is not read once its call has returned, as net/http might.
type sending struct {
	mu    sync.Mutex
	body  io.Reader
	ended bool
}

// Read reads a part of the body.
func (s *sending) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, io.ErrClosedPipe
	}
	return s.body.Read(p)
}

// Close does nothing: it belongs to the caller.
func (s *sending) Close() error { return nil }

func (s *sending) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}
