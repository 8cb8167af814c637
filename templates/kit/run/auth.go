package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/auth"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// AuthSpec tells how callers are known.
type AuthSpec struct {
	Adapter string // such as jwks, or none
	Config  auth.Config
	// Open opens the driver; it is nil if everybody may call.
	Open func() (auth.Driver, error)
	// Key returns the key that leads to an error, such as auth.jwks.url.
	Key func(error) string
	// Access says who may call a route, by its pattern.
	Access map[string]httpserver.Access
}

// Auth has all routes of the service served only to callers with a valid token. The command
// token makes one, if the keys of the adapter are there for it.
func Auth(spec AuthSpec) fx.Option {
	token := &cobra.Command{
		Use: "token SUBJECT [SCOPE...]", Short: "Print a token that is valid for an hour, for development", Args: cobra.MinimumNArgs(1),
	}
	tenant := token.Flags().String("tenant", "", "whose data the token is for, in the claim that auth.tenant names")
	if spec.Open == nil {
		return fx.Options(Middleware(unguarded), Command(token, noTokens))
	}
	return fx.Options(
		fx.Provide(spec.provide, fx.Annotate(spec.check, fx.ResultTags(`group:"checks"`))),
		Middleware(spec.middleware),
		Command(token, func(t *auth.Tokens, of *service, clock kit.Clock) func(context.Context, []string) error {
			return func(_ context.Context, args []string) error {
				return spec.token(t, of, clock, kit.Caller{Subject: args[0], Scopes: args[1:], Tenant: *tenant})
			}
		}),
	)
}

// Open lets everybody call routes that are written by hand, given by their patterns, such as
// "GET /totals/{customer}".
func Open(patterns ...string) fx.Option {
	return fx.Supply(fx.Annotate(patterns, fx.ResultTags(`group:"open,flatten"`)))
}

// unguarded lets everybody call, and says so.
func unguarded(log *slog.Logger) func(http.Handler) http.Handler {
	log.Warn("auth.adapter is none: every request is served, whoever sends it")
	return func(next http.Handler) http.Handler { return next }
}

// noTokens says what lacks, to who asks for a token.
func noTokens() func(context.Context, []string) error {
	return func(context.Context, []string) error {
		return errors.New("auth.adapter is none, which has no tokens; choose file, as by --set auth.adapter=file")
	}
}

func (s AuthSpec) blame(err error) error {
	return blame("the keys of tokens ("+s.Adapter+")", s.Key(err), err)
}

// provide opens the keys. Those that cannot be used as they are configured are an error;
// those that are away are not: until they are there, requests are answered 503.
func (s AuthSpec) provide(ctx context.Context, life fx.Lifecycle, of *service, as role, log *slog.Logger, clock kit.Clock) (*auth.Tokens, error) {
	driver, err := s.Open()
	if err != nil {
		return nil, s.blame(err)
	}
	life.Append(fx.StopHook(driver.Close))
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := driver.Ping(ctx); err != nil && as == server { // to a command it is not said
		log.WarnContext(ctx, "the keys of tokens are away; the service starts, and knows no caller until they are there",
			"auth", s.Adapter, "error", err, "change", of.advice(s.Key(err)))
	}
	return auth.New(of.name, s.Config, driver, clock), nil
}

// check tells of keys that are not as new as they should be.
func (s AuthSpec) check(t *auth.Tokens) httpserver.Check {
	return httpserver.Check{Name: "auth", Found: s.Adapter + " can be used", Later: true, Ping: func(ctx context.Context) error { return s.blame(t.Ping(ctx)) }}
}

type guardParams struct {
	fx.In

	Tokens *auth.Tokens
	Open   []string `group:"open"`
}

func (s AuthSpec) middleware(p guardParams) func(http.Handler) http.Handler {
	access := map[string]httpserver.Access{}
	maps.Copy(access, s.Access)
	for _, pattern := range p.Open {
		access[pattern] = httpserver.Access{Open: true}
	}
	return httpserver.Authenticate(p.Tokens.Caller, access)
}

// token prints a token for a caller.
func (s AuthSpec) token(t *auth.Tokens, of *service, clock kit.Clock, caller kit.Caller) error {
	type maker interface {
		Token(service string, c auth.Config, caller kit.Caller, now time.Time, valid time.Duration) (string, error)
	}
	m, ok := t.Driver.(maker)
	switch {
	case !ok:
		return fmt.Errorf("tokens are made by their issuer: auth.adapter is %s", s.Adapter)
	case caller.Tenant != "" && s.Config.Tenant == "":
		return fmt.Errorf("there is no claim for the tenant: set auth.tenant to its name, such as org_id")
	}
	token, err := m.Token(of.name, s.Config, caller, clock.Now(), time.Hour)
	if err == nil {
		of.print("%s", token)
	}
	return err
}
