package httpserver

import (
	"reflect"
	"testing"
	"time"
)

func TestConfigCheck(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		fields []string
	}{
		"empty":      {Config{}, nil},
		"filled":     {Config{}.filled(), nil},
		"any host":   {Config{Addr: ":8080"}, nil},
		"origins":    {Config{AllowOrigins: []string{"https://a.example:8443", "*"}}, nil},
		"no port":    {Config{Addr: "localhost"}, []string{"Addr"}},
		"negative":   {Config{ReadTimeout: -1, MaxBody: -1}, []string{"ReadTimeout", "MaxBody", "ReadHeaderTimeout"}},
		"too much":   {Config{IdleTimeout: 2 * time.Hour, MaxInFlight: 1 << 30}, []string{"IdleTimeout", "MaxInFlight"}},
		"bad origin": {Config{AllowOrigins: []string{"https://a.example/path", "a.example"}}, []string{"AllowOrigins", "AllowOrigins"}},
		"crossed":    {Config{WriteTimeout: time.Second, RequestTimeout: time.Second}, []string{"WriteTimeout"}},
		"too late":   {Config{MaxWait: 10 * time.Second, ReadTimeout: time.Second}, []string{"MaxWait", "ReadHeaderTimeout"}},
	} {
		var fields []string
		c.config.Check(func(field, _ string) { fields = append(fields, field) })
		if !reflect.DeepEqual(fields, c.fields) {
			t.Errorf("%s: %v, want %v", name, fields, c.fields)
		}
	}
}
