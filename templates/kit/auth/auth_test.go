package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/auth"
)

var now = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

type clock struct{}

func (clock) Now() time.Time { return now }

// known is a driver with keys.
type known struct {
	keys []jose.JSONWebKey
	err  error
}

func (k known) Keys(_ context.Context, id string) ([]jose.JSONWebKey, error) {
	return auth.WithID(k.keys, id), k.err
}
func (known) Ping(context.Context) error { return nil }
func (known) Close() error               { return nil }

// issuer has keys and signs tokens.
type issuer struct {
	ed  ed25519.PrivateKey
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) issuer {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{ed, r, ec}
}

func (i issuer) keys() []jose.JSONWebKey {
	return []jose.JSONWebKey{
		{Key: i.ed.Public(), KeyID: "ed", Algorithm: "EdDSA", Use: "sig"},
		{Key: i.rsa.Public(), KeyID: "rsa", Algorithm: "RS256"},
		{Key: i.ec.Public(), KeyID: "ec"},
		{Key: i.ec.Public(), KeyID: "encryption", Use: "enc"},
	}
}

// sign returns a token with the claims.
func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if id != "" {
		options.WithHeader("kid", id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// with returns valid claims with others in their place; nil removes one.
func with(others map[string]any) map[string]any {
	claims := map[string]any{
		"iss": "https://login", "aud": []string{"shop", "other"}, "sub": "ada", "scope": "orders:read orders:write",
		"exp": now.Add(time.Minute).Unix(), "nbf": now.Unix(), "iat": now.Unix(),
	}
	for name, value := range others {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	return claims
}

// unsigned returns a token with alg none.
func unsigned(t *testing.T, header string) string {
	t.Helper()
	payload, err := json.Marshal(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode(payload) + "."
}

// TestTokens shows which tokens are accepted, and that whoever sends another is not told
// what is wrong with it.
func TestTokens(t *testing.T) {
	i, another := newIssuer(t), newIssuer(t)
	tokens := auth.New("shop", auth.Config{Issuer: "https://login"}, known{keys: i.keys()}, clock{})
	der, err := x509.MarshalPKIXPublicKey(i.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	ed := func(others map[string]any) string { return sign(t, jose.EdDSA, i.ed, "ed", with(others)) }
	valid := ed(nil)
	for tenant, claim := range map[string]any{"acme": "acme", "": 7} {
		of := auth.New("shop", auth.Config{Issuer: "https://login", Tenant: "org"}, known{keys: i.keys()}, clock{})
		if caller, err := of.Caller(t.Context(), ed(map[string]any{"org": claim})); err != nil || caller.Tenant != tenant {
			t.Errorf("%v: %+v and %v", claim, caller, err)
		}
	}
	for name, c := range map[string]struct {
		token string
		cause string // "" for a valid token
	}{
		"valid":                    {valid, ""},
		"RSA":                      {sign(t, jose.RS256, i.rsa, "rsa", with(nil)), ""},
		"elliptic curve":           {sign(t, jose.ES256, i.ec, "ec", with(nil)), ""},
		"one audience":             {ed(map[string]any{"aud": "shop"}), ""},
		"a list of scopes":         {ed(map[string]any{"scope": nil, "scp": []string{"orders:read", "orders:write"}}), ""},
		"just within the leeway":   {ed(map[string]any{"exp": now.Add(-29 * time.Second).Unix(), "nbf": now.Add(29 * time.Second).Unix()}), ""},
		"expired":                  {ed(map[string]any{"exp": now.Add(-31 * time.Second).Unix()}), "expired"},
		"never expires":            {ed(map[string]any{"exp": nil}), "never expires"},
		"not yet valid":            {ed(map[string]any{"nbf": now.Add(31 * time.Second).Unix()}), "not valid yet"},
		"from the future":          {ed(map[string]any{"iat": now.Add(31 * time.Second).Unix()}), "issued in the future"},
		"wrong audience":           {ed(map[string]any{"aud": "other"}), "audience"},
		"no audience":              {ed(map[string]any{"aud": nil}), "audience"},
		"wrong issuer":             {ed(map[string]any{"iss": "https://login/"}), "issuer"},
		"no issuer":                {ed(map[string]any{"iss": nil}), "issuer"},
		"no subject":               {ed(map[string]any{"sub": nil}), "no subject"},
		"scopes of another kind":   {ed(map[string]any{"scope": 7}), "unmarshal"},
		"unknown key":              {sign(t, jose.EdDSA, i.ed, "new", with(nil)), "no such key"},
		"no name of a key":         {sign(t, jose.EdDSA, i.ed, "", with(nil)), "no such key"},
		"a key of another issuer":  {sign(t, jose.EdDSA, another.ed, "ed", with(nil)), "cryptographic"},
		"a key for encryption":     {sign(t, jose.ES256, i.ec, "encryption", with(nil)), "no such key"},
		"another algorithm":        {sign(t, jose.RS512, i.rsa, "rsa", with(nil)), "no such key"},
		"another kind of key":      {sign(t, jose.RS256, i.rsa, "ec", with(nil)), "cryptographic"},
		"none":                     {unsigned(t, `{"alg":"none","kid":"ed"}`), "algorithm"},
		"none in capitals":         {unsigned(t, `{"alg":"NONE","kid":"ed"}`), "algorithm"},
		"no algorithm":             {unsigned(t, `{"kid":"ed"}`), "algorithm"},
		"a public key as a secret": {sign(t, jose.HS256, der, "rsa", with(nil)), "algorithm"},
		"changed":                  {changed(valid), "cryptographic"},
		"no token":                 {"abc", "compact"},
		"too large":                {ed(map[string]any{"padding": strings.Repeat("x", auth.MaxToken)}), "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			caller, err := tokens.Caller(t.Context(), c.token)
			if c.cause == "" {
				if err != nil || caller.Subject != "ada" || !slices.Equal(caller.Scopes, []string{"orders:read", "orders:write"}) {
					t.Errorf("%+v and %v", caller, err)
				}
				return
			}
			e, ok := err.(*kit.Error) //nolint:errorlint // the error itself is what callers are told
			if !ok || e.Code != kit.Unauthenticated || e.Message != "the token is not valid" || !strings.Contains(err.Error(), c.cause) {
				t.Errorf("%v, want Unauthenticated because of %q", err, c.cause)
			}
			if caller.Subject != "" {
				t.Errorf("%+v is known", caller)
			}
		})
	}
}

// TestKeysAway shows that a token is not refused because its keys cannot be had.
func TestKeysAway(t *testing.T) {
	i := newIssuer(t)
	tokens := auth.New("shop", auth.Config{}, known{err: kit.Errorf(kit.Unavailable, "away")}, clock{})
	if _, err := tokens.Caller(t.Context(), sign(t, jose.EdDSA, i.ed, "ed", with(nil))); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("%v, want Unavailable", err)
	}
}

// TestRead shows which keys of a set are used.
func TestRead(t *testing.T) {
	i := newIssuer(t)
	all := append(i.keys(), jose.JSONWebKey{Key: []byte("a secret that is shared"), KeyID: "secret"})
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: all})
	if err != nil {
		t.Fatal(err)
	}
	odd := strings.Replace(string(set), `{"keys":[`, `{"keys":[{"kty":"new","kid":"new"},`, 1)
	keys, err := auth.Read([]byte(odd))
	if err != nil || len(keys) != 3 {
		t.Errorf("%d keys and %v, want those for signatures", len(keys), err)
	}
	for _, text := range []string{"", "[]", "{}", `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`} {
		if keys, err := auth.Read([]byte(text)); err == nil {
			t.Errorf("%s has the keys %v", text, keys)
		}
	}
	if found := auth.WithID(keys[:1], ""); len(found) != 1 {
		t.Error("a token without the name of a key is not checked with the only one")
	}
}

func TestConfig(t *testing.T) {
	for leeway, wrong := range map[time.Duration]bool{0: false, 5 * time.Minute: false, -1: true, 6 * time.Minute: true} {
		found := false
		auth.Config{Leeway: leeway}.Check(func(string, string) { found = true })
		if found != wrong {
			t.Errorf("%s is wrong: %v", leeway, found)
		}
	}
}

// changed returns a token with another signature: its first character has no bits to spare.
func changed(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}
