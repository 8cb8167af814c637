package httpserver

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync/atomic"
)

// requestIDs makes IDs for requests: a random prefix of this server, and a counter.
type requestIDs struct {
	prefix string
	last   atomic.Uint64
}

func newRequestIDs() *requestIDs {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand.Read ends the program instead
	return &requestIDs{prefix: hex.EncodeToString(b[:]) + "-"}
}

// of returns the ID that the client sent, or a new one.
func (ids *requestIDs) of(r *http.Request) string {
	if given := r.Header["X-Request-Id"]; len(given) == 1 && validRequestID(given[0]) {
		return given[0]
	}
	b := append(make([]byte, 0, 40), ids.prefix...)
	return string(strconv.AppendUint(b, ids.last.Add(1), 10))
}
