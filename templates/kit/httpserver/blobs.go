package httpserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// LinkedBlobs are blobs whose links lead to this server.
type LinkedBlobs interface {
	kit.Blobs
	// LinkPath returns the path before the names in links; "" if they lead elsewhere.
	LinkPath() string
	// Verify returns nil if a link with a query allows a method on a blob.
	Verify(method, name, query string) error
}

// LinkBlobs serves the links of blobs, if they lead to this server.
func (s *Server) LinkBlobs(b LinkedBlobs) {
	if at := b.LinkPath(); at != "" {
		s.Blobs(at, b, func(r *http.Request, name string) error {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			return b.Verify(method, name, r.URL.RawQuery)
		})
	}
}

// Blobs serves blobs below a path such as /files: GET and HEAD with ranges, If-Match,
// If-None-Match and the like, and PUT with If-Match and "If-None-Match: *". allow returns
// nil if a request may be made for a name, and otherwise why not. See [Server.Stream].
func (s *Server) Blobs(path string, b kit.Blobs, allow func(r *http.Request, name string) error) {
	for method, serve := range map[string]func(http.ResponseWriter, *http.Request, kit.Blobs, string) error{
		http.MethodGet: ServeBlob, http.MethodPut: putBlob,
	} {
		s.Stream(method+" "+path+"/{name...}", func(w http.ResponseWriter, r *http.Request) error {
			name := r.PathValue("name")
			if err := allow(r, name); err != nil {
				return err
			}
			return serve(w, r, b, name)
		})
	}
}

// ServeBlob answers GET and HEAD with a blob, as the conditions and ranges of the request
// require. It is for handlers of [Server.Stream].
func ServeBlob(w http.ResponseWriter, r *http.Request, b kit.Blobs, name string) error {
	blob, err := b.Stat(r.Context(), name)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", `"`+blob.ETag+`"`)
	h.Set("Content-Type", blob.Type)
	h.Set("Cache-Control", "private, no-cache")
	c := &blobContent{ctx: r.Context(), of: b, blob: blob}
	defer c.close()
	c.expect(r.Header.Get("Range"))
	answer := &contentAnswer{ResponseWriter: w}
	http.ServeContent(answer, r, "", blob.Modified, c)
	switch answer.refused {
	case http.StatusPreconditionFailed:
		return NewProblem(answer.refused, kit.Conflict, "the blob is another one than the request is about")
	case http.StatusRequestedRangeNotSatisfiable:
		return NewProblem(answer.refused, kit.Invalid, "the blob has %d bytes, and none in the range", blob.Size)
	}
	return c.err
}

// contentAnswer keeps what [http.ServeContent] refuses from being answered, since it does so in
// plain text.
type contentAnswer struct {
	http.ResponseWriter
	refused int // the status; 0 if it was not refused
}

// WriteHeader answers with a status, or takes note of it.
func (a *contentAnswer) WriteHeader(status int) {
	if status == http.StatusPreconditionFailed || status == http.StatusRequestedRangeNotSatisfiable {
		a.refused = status
		return
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write writes content.
func (a *contentAnswer) Write(p []byte) (int, error) {
	if a.refused != 0 {
		return len(p), nil
	}
	return a.ResponseWriter.Write(p)
}

// blobContent reads a blob from wherever it is asked to. What it reads is of the version
// that it has begun with.
type blobContent struct {
	ctx  context.Context
	of   kit.Blobs
	blob kit.Blob
	at   int64
	body io.ReadCloser
	err  error

	first, length int64 // of the range that was asked for, if it is a simple one
}

// expect takes note of a range, so that no more than that is asked for.
func (c *blobContent) expect(text string) {
	var last int64
	if n, _ := fmt.Sscanf(text, "bytes=%d-%d", &c.first, &last); n == 2 && last >= c.first {
		c.length = last - c.first + 1
	}
}

// Seek sets where to read next.
func (c *blobContent) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.blob.Size
	}
	c.close()
	c.at = offset
	return offset, nil
}

// Read reads a part.
func (c *blobContent) Read(p []byte) (n int, err error) {
	for n == 0 && err == nil {
		if c.at >= c.blob.Size && c.body == nil {
			return 0, io.EOF
		}
		if c.body == nil {
			if err := c.open(); err != nil {
				return 0, err
			}
		}
		n, err = c.body.Read(p)
		c.at += int64(n)
		if err == io.EOF {
			c.close()
			err = nil
		}
	}
	if err != nil {
		c.err = err
	}
	return n, err
}

func (c *blobContent) open() error {
	what := kit.BlobGet{Offset: c.at, IfMatch: c.blob.ETag}
	if c.at == c.first {
		what.Length = c.length
	}
	_, c.body, c.err = c.of.Get(c.ctx, c.blob.Name, what)
	return c.err
}

func (c *blobContent) close() {
	if c.body != nil {
		_ = c.body.Close() // it was only read
		c.body = nil
	}
}

// putBlob keeps the body of a request.
func putBlob(w http.ResponseWriter, r *http.Request, b kit.Blobs, name string) error {
	how, err := blobPutOf(r)
	if err != nil {
		return err
	}
	if limited, ok := b.(interface{ MaxSize() int64 }); ok && r.ContentLength > limited.MaxSize() {
		return &http.MaxBytesError{Limit: limited.MaxSize()}
	}
	blob, err := b.Put(r.Context(), name, r.Body, how)
	if kit.CodeOf(err) == kit.AlreadyExists {
		return preconditionFailed()
	}
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+blob.ETag+`"`)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// blobPutOf returns how a request wants a blob to be put.
func blobPutOf(r *http.Request) (how kit.BlobPut, err error) {
	q := &Request{Request: r}
	match, err := q.tags("If-Match")
	if err != nil {
		return how, err
	}
	noneMatch, err := q.tags("If-None-Match")
	if err != nil {
		return how, err
	}
	switch {
	case len(match) > 1, len(match) == 1 && !strings.HasPrefix(match[0], `"`):
		err = NewProblem(http.StatusBadRequest, kit.Invalid, "the header If-Match must be one strong entity tag")
	case len(match) == 1:
		how.IfMatch = strings.Trim(match[0], `"`)
	}
	switch {
	case len(noneMatch) == 1 && noneMatch[0] == "*":
		how.IfAbsent = true
	case len(noneMatch) > 0:
		err = NewProblem(http.StatusBadRequest, kit.Invalid, "the header If-None-Match must be *")
	}
	how.Type = r.Header.Get("Content-Type")
	return how, err
}
