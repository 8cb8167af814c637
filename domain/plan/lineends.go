package plan

import "bytes"

// LF returns a text with lines that end in LF. Git may check a text out with CRLF,
// and it is still the same text. What holds a NUL is no text, and stays as it is.
func LF(data []byte) []byte {
	if bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// LikeEnds returns a text whose lines end as those of another one do: in CRLF, if
// the first of them does.
func LikeEnds(data, other []byte) []byte {
	first := bytes.IndexByte(other, '\n')
	if first < 1 || other[first-1] != '\r' || bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	return bytes.ReplaceAll(LF(data), []byte("\n"), []byte("\r\n"))
}
