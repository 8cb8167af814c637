package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// checkPatience is how long a dependency has to answer a check.
const checkPatience = 5 * time.Second

// checkService verifies the configuration and tries each dependency, a line for each.
func checkService(ctx context.Context, p Program, l commandLine) int {
	c, loaded, err := p.load(l)
	if err != nil {
		return p.refuse(err)
	}
	r := checkReport{p: p, paint: p.paintFor(p.Stdout), loaded: loaded}
	r.add("configuration", "", sourceSummary(loaded), nil)
	core := coreModule(ctx, p, c, toLookIn)
	r.inspect(ctx, "store", "store.adapter", core, storeModule(c.Store))
	r.inspect(ctx, "bus", "bus.adapter", core, busModule(c.Bus))
	if err := checkNeeds(c.Bus, BusNeed()); err != nil {
		r.add("bus", "bus.adapter", "", err)
	}
	about, err := tryAddress(ctx, c.HTTP.Addr)
	r.add("http", "http.addr", about, err)
	if r.failures > 0 {
		return exitFailed
	}
	return exitDone
}

// checkReport prints the outcomes of checks.
type checkReport struct {
	p        Program
	paint    terminalPaint
	loaded   *config.Loaded
	failures int
}

type inspectionParams struct {
	fx.In

	Inspections []dependencyTrial `group:"inspection"`
}

// inspect tries what a module depends on, on its own: whatever else does not
// work is told as well.
func (r *checkReport) inspect(ctx context.Context, name, key string, core, module fx.Option) {
	var found inspectionParams
	wired := fx.New(core, module, fx.Invoke(func(p inspectionParams) { found = p }))
	if err := wired.Err(); err != nil {
		r.add(name, key, "", err)
		return
	}
	slices.SortFunc(found.Inspections, func(a, b dependencyTrial) int { return cmp.Compare(a.name, b.name) })
	for _, i := range found.Inspections {
		ctx, cancel := context.WithTimeout(ctx, checkPatience)
		about, err := i.look(ctx)
		cancel()
		r.add(i.name, i.key, about, err)
	}
}

// add prints what came of one check; key is what to change where it failed.
func (r *checkReport) add(name, key, about string, err error) {
	const width = 17
	if err == nil {
		r.p.print("%s    %s%s", r.paint.green("ok"), padTo(name, width), about)
		return
	}
	r.failures++
	if f, ok := errors.AsType[*startFailure](err); ok {
		err, key = f.cause, f.key
	}
	r.p.print("%s  %s%s", r.paint.red("FAIL"), padTo(name, width), oneLine(rootOf(err)))
	if e := r.loaded.Entry(key); e.Source != "" {
		r.p.print("%schange %s", padTo("", width+6), adviceOn(r.paint, e))
	}
}

// sourceSummary says how many keys came from where.
func sourceSummary(loaded *config.Loaded) string {
	files, variables, settings := map[string]int{}, 0, 0
	for _, e := range loaded.Entries() {
		file, _, inFile := strings.Cut(e.Source, ":")
		switch {
		case e.Source == "default":
		case strings.HasPrefix(e.Source, "--set"):
			settings++
		case inFile:
			files[file]++
		default:
			variables++
		}
	}
	var from []string
	for file, n := range files {
		from = append(from, fmt.Sprintf("%d from %s", n, file))
	}
	if variables > 0 {
		from = append(from, fmt.Sprintf("%d from variables", variables))
	}
	if settings > 0 {
		from = append(from, fmt.Sprintf("%d from --set", settings))
	}
	total := countOf(len(loaded.Entries()), "key")
	if len(from) == 0 {
		return total + ", all by default"
	}
	return total + ", " + strings.Join(from, ", ")
}

// tryAddress tries to listen where the service would. That something listens
// there already is no error: it may be the service.
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
