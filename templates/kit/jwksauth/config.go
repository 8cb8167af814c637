package jwksauth

import (
	"cmp"
	"net/url"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// Config says where the keys are. Zero values stand for the defaults.
type Config struct {
	URL     string        // of the JWK Set (RFC 7517), the jwks_uri of the issuer
	Refresh time.Duration // how often it is asked for; 15m
	MaxAge  time.Duration // for how long keys are used if it cannot be had; 24h
	Timeout time.Duration // for each request; 3s
	CAFile  string        // CA certificates to trust instead of the system's, PEM
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.Refresh = cmp.Or(c.Refresh, 15*time.Minute)
	c.MaxAge = cmp.Or(c.MaxAge, max(24*time.Hour, c.Refresh))
	c.Timeout = cmp.Or(c.Timeout, 3*time.Second)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	if !isAddress(c.URL) && c.URL != "" {
		report("URL", "must be a URL such as https://login.example.com/jwks.json")
	}
	if c.Refresh < time.Second || c.Refresh > 24*time.Hour {
		report("Refresh", "must be from 1s to 24h, or 0s for the default")
	}
	if c.MaxAge < c.Refresh {
		report("MaxAge", "must be at least Refresh, or 0s for the default")
	}
	if c.Timeout < 10*time.Millisecond || c.Timeout > time.Minute {
		report("Timeout", "must be from 10ms to 1m, or 0s for the default")
	}
}

func isAddress(text string) bool {
	at, err := url.Parse(text)
	return err == nil && (at.Scheme == "http" || at.Scheme == "https") && at.Host != ""
}

// KeyOf returns which key of the section leads to an error.
func (Config) KeyOf(err error) string { return cmp.Or(keyed.Of(err), "url") }
