package config

import "testing"

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"Addr": "addr", "ReadTimeout": "read_timeout", "HTTP": "http", "HTTPAddr": "http_addr", "UserID": "user_id",
		"S3": "s3", "MaxHTTP2Streams": "max_http2_streams",
	} {
		if got := snake(name); got != want {
			t.Errorf("snake(%s) = %s, want %s", name, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"http.addr", "http.read_timeout", "log.level", "store"}
	for name, want := range map[string]string{
		"http.adrr": "http.addr", "http.raed_timeout": "http.read_timeout", "HTTP.ADDR": "http.addr",
		"lgo.level": "log.level", "stroe": "store", "cache": "", "": "",
	} {
		if got := nearest(name, candidates); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}
