package httpserver

import (
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

func validText(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// looksLikeNumber excludes what strconv accepts and JSON does not: Inf, NaN, hexadecimal
// digits and underscores.
func looksLikeNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789+-.eE") == ""
}

func bitsOf(number any) int { return reflect.TypeOf(number).Bits() }

// thousands formats a number with commas, as in 10,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func validOrigin(s string) bool {
	if s == "*" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == u.Scheme+"://"+u.Host
}

// validRequestID excludes IDs that could be used to forge log lines.
func validRequestID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			continue
		}
		return false
	}
	return true
}
