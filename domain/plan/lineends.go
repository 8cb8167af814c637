package plan

import "bytes"

// LF returns a text with all line ends changed to LF, because Git may have checked it out
// with CRLF. Data with a NUL byte is not text, and is returned unchanged.
func LF(data []byte) []byte {
	if bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// LikeEnds returns a text with the line ends of another one, which are CRLF if its first
// line ends with CRLF.
func LikeEnds(data, other []byte) []byte {
	first := bytes.IndexByte(other, '\n')
	if first < 1 || other[first-1] != '\r' || bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	return bytes.ReplaceAll(LF(data), []byte("\n"), []byte("\r\n"))
}
