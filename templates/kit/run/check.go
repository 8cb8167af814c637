package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/config"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// checkTimeout is how long a dependency has to answer.
const checkTimeout = 5 * time.Second

// check tries the configuration and each dependency, and prints a line for each.
func (s *service) check(ctx context.Context, _ []string) error {
	r := checkReport{service: s}
	r.add("configuration", sourceSummary(s.loaded), nil)
	err := fx.ValidateApp(s.serving(ctx, server))
	r.add("wiring", "nothing is missing", err)
	if err == nil {
		current := false
		r.try(ctx, s.parts.Store.name(), func(ctx context.Context) (found string, err error) {
			found, current, err = s.parts.Store.try(ctx)
			return found, err
		})
		if current { // otherwise the tables are not what statements are prepared for
			r.try(ctx, "parts", func(ctx context.Context) (string, error) {
				return "all can be constructed", fx.New(s.serving(ctx, looking), fx.RecoverFromPanics()).Err()
			})
		}
		r.try(ctx, s.parts.Bus.name(), func(ctx context.Context) (string, error) { return s.parts.Bus.try(ctx, s) })
		r.tryOwn(ctx)
	}
	r.try(ctx, "http", s.tryAddress)
	if len(r.causes) > 0 {
		return reported{exitFailed}
	}
	return nil
}

// checkReport prints the outcomes of checks.
type checkReport struct {
	*service
	causes []string // of what failed
}

// try prints the outcome of a check, which returns what it found.
func (r *checkReport) try(ctx context.Context, name string, check func(context.Context) (string, error)) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found, err := check(ctx)
	r.add(name, found, err)
}

const ownChecks = "readiness checks"

// tryOwn tries the readiness checks that the service adds.
func (r *checkReport) tryOwn(ctx context.Context) {
	var own struct {
		fx.In

		Checks []httpserver.Check `group:"checks"`
	}
	if err := fx.New(r.graph(ctx, beside), fx.Populate(&own)).Err(); err != nil {
		r.add(ownChecks, "", err)
	}
	for _, c := range own.Checks {
		r.try(ctx, c.Name, func(ctx context.Context) (string, error) { return cmp.Or(c.Found, "succeeds"), c.Ping(ctx) })
	}
}

// add prints the outcome of one check, and what to change if it failed.
func (r *checkReport) add(name, found string, err error) {
	if err == nil {
		r.print("ok    %-17s%s", name, found)
		return
	}
	change := ""
	if f, ok := errors.AsType[*failure](err); ok {
		err, change = f.cause, r.advice(f.key)
	}
	cause := oneLine(causeOf(err))
	if name == ownChecks && slices.Contains(r.causes, cause) {
		return // it is of a part that they are of
	}
	r.causes = append(r.causes, cause)
	r.print("FAIL  %-17s%s", name, cause)
	if change != "" {
		r.print("%-23schange %s", "", change)
	}
}

// sourceSummary says how many keys are set where.
func sourceSummary(loaded config.Loaded) string {
	counts := map[string]int{}
	for _, e := range loaded {
		file, _, inFile := strings.Cut(e.Source, ":")
		switch {
		case strings.HasPrefix(e.Source, "--"):
			counts["flags"]++
		case strings.HasPrefix(e.Source, e.Variable):
			counts["variables"]++
		case inFile:
			counts[file]++
		}
	}
	summary := countOf(len(loaded), "key")
	if len(counts) == 0 {
		return summary + ", all by default"
	}
	for _, source := range slices.Sorted(maps.Keys(counts)) {
		summary += fmt.Sprintf(", %d from %s", counts[source], source)
	}
	return summary
}

// tryAddress tries to listen where the service would. An address in use is not an
// error: the service may be using it.
func (s *service) tryAddress(ctx context.Context) (string, error) {
	addr := s.config.HTTP.Addr
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return addr + " is in use, perhaps by this service", nil
	}
	if err != nil {
		return "", blame("the HTTP address", "http.addr", err)
	}
	return addr + " is free", l.Close()
}

// countOf counts things whose plural has an s.
func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
