package load

import (
	"bytes"
	"strconv"
)

// isComplete reports whether b, all that has come since the request, is a whole
// answer. There is never more than one: the next request waits for it.
func isComplete(b []byte) bool {
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if !ok {
		return false
	}
	if n, ok := contentLength(head); ok {
		return len(body) >= n
	}
	return bytes.HasSuffix(body, []byte("\r\n0\r\n\r\n")) // the last chunk
}

func contentLength(head []byte) (int, bool) {
	const name = "\r\nContent-Length: "
	i := bytes.Index(head, []byte(name))
	if i < 0 {
		return 0, false
	}
	value, _, _ := bytes.Cut(head[i+len(name):], []byte("\r\n"))
	n, err := strconv.Atoi(string(value))
	return n, err == nil
}

func isSuccess(answer []byte) bool {
	return bytes.HasPrefix(answer, []byte("HTTP/1.1 2"))
}
