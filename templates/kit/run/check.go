package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// checkTimeout is how long a dependency has to answer.
const checkTimeout = 5 * time.Second

// check tries the configuration and each dependency, and prints a line for each.
func (s *service) check(ctx context.Context) error {
	r := checkReport{service: s, paint: paintFor(s.stdout)}
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
	paint  terminalPaint
	failed bool
}

func (r *checkReport) try(ctx context.Context, d dependency) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	found, err := d.try(ctx)
	r.add(d.name(), d.key, found, err)
}

// add prints the outcome of one check. key is what to change if it failed.
func (r *checkReport) add(name, key, found string, err error) {
	const width = 17
	if err == nil {
		r.print("%s    %s%s", r.paint.green("ok"), padTo(name, width), found)
		return
	}
	r.failed = true
	if f, ok := errors.AsType[*failure](err); ok {
		err, key = f.cause, f.key
	}
	r.print("%s  %s%s", r.paint.red("FAIL"), padTo(name, width), oneLine(dig.RootCause(err)))
	if e := r.loaded.Entry(key); e.Source != "" {
		r.print("%schange %s", padTo("", width+6), advice(r.paint, e))
	}
}

// sourceSummary says how many keys are set where.
func sourceSummary(loaded *config.Loaded) string {
	files, variables, settings := map[string]int{}, 0, 0
	for _, e := range loaded.Entries() {
		file, _, inFile := strings.Cut(e.Source, ":")
		switch {
		case strings.HasPrefix(e.Source, "--"):
			settings++
		case strings.HasPrefix(e.Source, e.Variable):
			variables++
		case inFile:
			files[file]++
		}
	}
	var from []string
	for file, n := range files {
		from = append(from, fmt.Sprintf("%d from %s", n, file))
	}
	slices.Sort(from)
	if variables > 0 {
		from = append(from, fmt.Sprintf("%d from variables", variables))
	}
	if settings > 0 {
		from = append(from, fmt.Sprintf("%d from flags", settings))
	}
	total := countOf(len(loaded.Entries()), "key")
	if len(from) == 0 {
		return total + ", all by default"
	}
	return total + ", " + strings.Join(from, ", ")
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
