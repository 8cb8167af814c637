// Package fileauth has the keys of tokens in a file, and makes tokens: for development and
// tests, with nothing installed. Whoever can read the file can make tokens.
package fileauth

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/auth"
)

// Config says where the keys are. Zero values stand for the defaults.
type Config struct {
	Path string // a JWK Set (RFC 7517), made if it does not exist; data/keys.json
}

// KeyOf returns which key of the section leads to an error.
func (Config) KeyOf(error) string { return "path" }

// Keys is an auth.Driver that has its keys in a file.
type Keys struct {
	all []jose.JSONWebKey // of which the first may be private
}

// New reads the keys, or makes one. The error is Invalid if the file cannot be read, or has
// no key for signatures.
func New(c Config) (*Keys, error) {
	path := cmp.Or(c.Path, filepath.Join("data", "keys.json"))
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = create(path)
	}
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "the keys cannot be read")
	}
	all, err := auth.Read(data)
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, path+" is no JWK Set that tokens can be checked with")
	}
	return &Keys{all: all}, nil
}

// create writes a file with a new key, unless another process does so first.
func create(path string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: private, KeyID: kit.NewUUID().String(), Algorithm: string(jose.EdDSA), Use: "sig"},
	}}, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	return data, errors.Join(err, f.Close())
}

// Keys returns the keys with the ID.
func (k *Keys) Keys(_ context.Context, id string) ([]jose.JSONWebKey, error) {
	return auth.WithID(k.all, id), nil
}

// Ping returns nil: the file was read.
func (*Keys) Ping(context.Context) error { return nil }

// Close does nothing.
func (*Keys) Close() error { return nil }

// Token returns a token of a caller that is valid for a time. The error is Invalid if the
// first key of the file is not private.
func (k *Keys) Token(service string, c auth.Config, caller kit.Caller, now time.Time, valid time.Duration) (string, error) {
	key := k.all[0]
	if key.IsPublic() {
		return "", kit.Errorf(kit.Invalid, "the first key is public, which signs nothing")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	if err != nil {
		return "", kit.Wrap(kit.Invalid, err, "the first key signs nothing")
	}
	c = c.Filled(service)
	others := map[string]any{"scope": strings.Join(caller.Scopes, " ")}
	if c.Tenant != "" {
		others[c.Tenant] = caller.Tenant
	}
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: c.Issuer, Audience: jwt.Audience{c.Audience}, Subject: caller.Subject,
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(valid)),
	}).Claims(others).Serialize()
}
