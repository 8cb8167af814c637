package run

import (
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
func (s *service) check(ctx context.Context) error {
	r := checkReport{service: s}
	r.add("configuration", "", sourceSummary(s.loaded), nil)
	var using dependencies
	err := fx.ValidateApp(s.serving(ctx))
	if err == nil {
		err = fx.New(s.graph(ctx, beside), fx.Populate(&using)).Err()
	}
	r.add("wiring", "", "nothing is missing", err)
	if err == nil {
		r.try(ctx, using.Store)
		r.try(ctx, using.Bus)
		r.tryOwn(ctx)
	}
	found, err := tryAddress(ctx, s.config.HTTP.Addr)
	r.add("http", "http.addr", found, err)
	if r.failed {
		return reported{exitFailed}
	}
	return nil
}

// checkReport prints the outcomes of checks.
type checkReport struct {
	*service
	failed bool
}

func (r *checkReport) try(ctx context.Context, d dependency) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found, err := d.try(ctx)
	r.add(d.name(), d.key, found, err)
}

// ownChecks are the readiness checks that the service adds.
type ownChecks struct {
	fx.In

	All []httpserver.Check `group:"ownchecks"`
}

func (r *checkReport) tryOwn(ctx context.Context) {
	var own ownChecks
	if err := fx.New(r.graph(ctx, beside), fx.Invoke(func(c ownChecks) { own = c })).Err(); err != nil {
		r.add("readiness checks", "", "", err)
		return
	}
	for _, c := range own.All {
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		r.add(c.Name, "", "succeeds", c.Ping(ctx))
		cancel()
	}
}

// add prints the outcome of one check. key is what to change if it failed.
func (r *checkReport) add(name, key, found string, err error) {
	if err == nil {
		r.print("ok    %-17s%s", name, found)
		return
	}
	r.failed = true
	if f, ok := errors.AsType[*failure](err); ok {
		err, key = f.cause, f.key
	}
	r.print("FAIL  %-17s%s", name, oneLine(causeOf(err)))
	if e := r.loaded.Entry(key); e.Source != "" {
		r.print("%-23schange %s", "", advice(e))
	}
}

// sourceSummary says how many keys are set where.
func sourceSummary(loaded *config.Loaded) string {
	counts := map[string]int{}
	for _, e := range loaded.Entries() {
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
	summary := countOf(len(loaded.Entries()), "key")
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
func tryAddress(ctx context.Context, addr string) (string, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return addr + " is in use, perhaps by this service", nil
	}
	if err != nil {
		return "", err
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
