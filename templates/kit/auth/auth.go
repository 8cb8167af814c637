// Package auth checks who calls: it reads JSON Web Tokens (RFC 7519) that are signed with a
// key that a Driver has.
package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// MaxToken is the size of the largest token that is read, in bytes.
const MaxToken = 8 << 10

// Algorithms are those that tokens may be signed with. None of them has a secret that the
// service would share, and "none" is not among them.
var Algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// Config says which tokens are for the service. Zero values stand for the defaults.
type Config struct {
	Issuer   string        // that tokens are from, their iss; the service's name
	Audience string        // that tokens are for, one of their aud; the service's name
	Leeway   time.Duration // by how much clocks may differ; 30s
	Tenant   string        // the claim that says whose data a token is for, such as org_id; none
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.Leeway < 0 || c.Leeway > 5*time.Minute {
		report("Leeway", "must be from 1s to 5m, or 0s for the default")
	}
}

// Filled returns the config with defaults in place of zeros.
func (c Config) Filled(service string) Config {
	c.Issuer = cmp.Or(c.Issuer, service)
	c.Audience = cmp.Or(c.Audience, service)
	c.Leeway = cmp.Or(c.Leeway, 30*time.Second)
	return c
}

// Tokens checks tokens.
type Tokens struct {
	Driver

	config Config
	clock  kit.Clock
}

// New returns what checks tokens for a service.
func New(service string, c Config, d Driver, clock kit.Clock) *Tokens {
	return &Tokens{Driver: d, config: c.Filled(service), clock: clock}
}

// Caller returns who sends a token. The error is Unauthenticated if the token is not valid,
// and Unavailable if that cannot be told at present. What is wrong with a token is in the
// cause: whoever tries tokens is not told.
func (t *Tokens) Caller(ctx context.Context, token string) (kit.Caller, error) {
	claims, err := t.claims(ctx, token)
	switch {
	case kit.CodeOf(err) == kit.Unavailable:
		return kit.Caller{}, kit.Wrap(kit.Unavailable, err, "tokens cannot be checked at present")
	case err != nil:
		return kit.Caller{}, kit.Wrap(kit.Unauthenticated, err, "the token is not valid")
	}
	return kit.Caller{Subject: claims.Subject, Scopes: append(claims.Scope, claims.Scp...), Tenant: claims.tenant}, nil
}

// claims are what is read of a token. Issuers name scopes in one of two ways.
type claims struct {
	jwt.Claims
	Scope scopes `json:"scope"`
	Scp   scopes `json:"scp"`

	tenant string
}

func (t *Tokens) claims(ctx context.Context, token string) (claims, error) {
	if len(token) > MaxToken {
		return claims{}, errors.New("it is too large")
	}
	signed, err := jwt.ParseSigned(token, Algorithms)
	if err != nil {
		return claims{}, err
	}
	header := signed.Headers[0]
	keys, err := t.Keys(ctx, header.KeyID)
	if err != nil {
		return claims{}, err
	}
	wrong := errors.New("the issuer has no such key")
	for _, key := range keys {
		var c claims
		var all map[string]any
		if !isFor(key, header.Algorithm) {
			continue
		}
		if wrong = signed.Claims(key.Public().Key, &c, &all); wrong == nil {
			c.tenant, _ = all[t.config.Tenant].(string)
			return c, t.check(c.Claims)
		}
	}
	return claims{}, wrong
}

// isFor reports whether a key is for signatures with the algorithm.
func isFor(key jose.JSONWebKey, algorithm string) bool {
	return (key.Use == "" || key.Use == "sig") && (key.Algorithm == "" || key.Algorithm == algorithm)
}

// check returns why the token is not for the service, or not now.
func (t *Tokens) check(c jwt.Claims) error {
	switch {
	case c.Subject == "":
		return errors.New("it has no subject")
	case c.Expiry == nil:
		return errors.New("it never expires")
	}
	return c.ValidateWithLeeway(jwt.Expected{
		Issuer: t.config.Issuer, AnyAudience: jwt.Audience{t.config.Audience}, Time: t.clock.Now(),
	}, t.config.Leeway)
}

// scopes are written as one text or as a list.
type scopes []string

// UnmarshalJSON reads either form.
func (s *scopes) UnmarshalJSON(data []byte) error {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*s = list
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*s = strings.Fields(text)
	return nil
}

// Read returns the keys of a JWK Set that tokens can be checked with. It leaves out secrets,
// keys for encryption, and those of kinds that it does not know.
func Read(set []byte) ([]jose.JSONWebKey, error) {
	var read struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(set, &read); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, data := range read.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(data, &key) != nil {
			continue
		}
		if public := key.Public(); public.Valid() && isFor(key, key.Algorithm) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no key for signatures")
	}
	return keys, nil
}

// WithID returns the keys with the ID. Where a token has none, there must be only one key.
func WithID(keys []jose.JSONWebKey, id string) []jose.JSONWebKey {
	if id == "" && len(keys) == 1 {
		return keys
	}
	var found []jose.JSONWebKey
	for _, key := range keys {
		if id != "" && key.KeyID == id {
			found = append(found, key)
		}
	}
	return found
}
