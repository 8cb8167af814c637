package cachedstore

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

type ageKey struct{}

// noteAge notes for the request of ctx, if it is of one, when what it uses was read.
func noteAge(ctx context.Context, read time.Time) {
	oldest, ok := ctx.Value(ageKey{}).(*atomic.Int64)
	for at := read.UnixNano(); ok; {
		before := oldest.Load()
		if before != 0 && before <= at || oldest.CompareAndSwap(before, at) {
			return
		}
	}
}

// Age is middleware that has the answers to GET say how old the oldest of the values is
// that they have from the cache, in the header Age, in seconds.
func Age(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			aged := &agedWriter{ResponseWriter: w}
			w, r = aged, r.WithContext(context.WithValue(r.Context(), ageKey{}, &aged.oldest))
		}
		next.ServeHTTP(w, r)
	})
}

// agedWriter adds the header.
type agedWriter struct {
	http.ResponseWriter
	oldest atomic.Int64 // when it was read, in nanoseconds of Unix time; 0 if nothing is from the cache
	begun  bool         // the header is written
}

// WriteHeader writes the header of a response: see http.ResponseWriter.
func (w *agedWriter) WriteHeader(status int) {
	if oldest := w.oldest.Load(); oldest != 0 && !w.begun && status < http.StatusBadRequest {
		age := max(0, time.Since(time.Unix(0, oldest)))
		w.Header().Set("Age", strconv.Itoa(int(age/time.Second)))
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

// Write writes the body of a response: see http.ResponseWriter.
func (w *agedWriter) Write(body []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap is for http.ResponseController.
func (w *agedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
