// Package run is the runtime of a service: it loads the configuration, wires
// the service with fx, and runs the commands of its program.
//
// Package main calls Main with a function that returns what the service is made
// of. Everything in it is only provided, and the command that runs decides what
// is constructed: serving needs all of it, "dead-letters list" the store alone,
// and "help" nothing.
package run

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// Program describes the program of a service whose configuration is a C. Name,
// Defaults and Wiring are required; any other field has the default that is
// named beside it.
type Program[C Configuration] struct {
	Name     string            // of the service, such as shop
	Version  string            // by default, what the build recorded
	Defaults []byte            // config.yaml, as built into the program
	Wiring   func(C) fx.Option // what the service is made of; it only provides

	// Need is what the service needs of its bus beyond what every bus can do.
	// It does not start with a bus that cannot do it.
	Need kit.BusCapability

	Prefix string    // of environment variables; the name in capitals
	Args   []string  // os.Args[1:]
	Stdout io.Writer // os.Stdout
	Stderr io.Writer // os.Stderr; the log is written to it as well
}

// The exit codes of a program.
const (
	exitDone    = 0
	exitFailed  = 1
	exitRefused = 2 // the command line or the configuration is wrong
)

// Main runs the command that the arguments name and returns the exit code. The
// first SIGINT or SIGTERM stops the command in order; another one ends the
// process at once.
func Main[C Configuration](p Program[C]) int {
	s := newService(p)
	ctx, stop := s.untilSignal()
	defer stop()
	return s.run(ctx)
}

// service is the service that a Program describes, whatever the type of its
// configuration. The command that runs decides what of it is constructed.
type service struct {
	name, version string
	need          kit.BusCapability
	args          []string
	stdout        io.Writer
	stderr        io.Writer

	input config.Input // where the configuration comes from
	load  func(config.Input) (*configured, error)

	*configured          // nil if the configuration is wrong
	parts       parts    // of the wiring
	groups      []string // of subscribers, once these are constructed
	err         error    // why no command can run: the configuration or the wiring is wrong
}

// configured is a configuration, and what the service is made of with it.
type configured struct {
	config Config
	loaded config.Loaded
	wiring fx.Option
}

// parts are what the wiring says by itself: nothing is constructed for it.
type parts struct {
	fx.In

	Store    StoreSpec
	Bus      BusSpec
	Routes   []any        `group:"routes"` // functions that add routes
	Commands []ownCommand `group:"commands"`
}

func newService[C Configuration](p Program[C]) *service {
	keys, _ := config.Flags(new(C)) // load returns the error
	s := &service{
		name:    p.Name,
		version: cmp.Or(p.Version, buildVersion()),
		need:    p.Need,
		args:    p.Args,
		stdout:  cmp.Or[io.Writer](p.Stdout, os.Stdout),
		stderr:  cmp.Or[io.Writer](p.Stderr, os.Stderr),
		input:   config.Input{Defaults: p.Defaults, Prefix: cmp.Or(p.Prefix, prefixOf(p.Name)), Flags: keys},
	}
	if s.args == nil {
		s.args = os.Args[1:]
	}
	s.load = func(in config.Input) (*configured, error) {
		var c C
		loaded, err := config.Load(&c, in)
		if err != nil {
			return nil, err
		}
		return &configured{config: c.common(), loaded: loaded, wiring: p.Wiring(c)}, nil
	}
	return s
}

// prefixOf returns the prefix of the variables of a service: SHOP for shop.
func prefixOf(name string) string {
	return regexp.MustCompile("[^A-Z0-9]").ReplaceAllString(strings.ToUpper(name), "_")
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// sameSignal is how soon after a signal another one counts as the same: some
// shells and supervisors signal the process and then its process group.
const sameSignal = 500 * time.Millisecond

// untilSignal returns a context that ends at the first signal; at the second, the
// process does.
func (s *service) untilSignal() (ctx context.Context, stop func()) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ignore := context.AfterFunc(ctx, func() {
		time.Sleep(sameSignal)
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		s.complain("received a second signal (%s): exiting at once; "+
			"events that were not delivered stay in the outbox", <-signals)
		os.Exit(exitFailed)
	})
	return ctx, func() {
		ignore()
		cancel()
	}
}

// print writes a line to the standard output, which may be closed.
func (s *service) print(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stdout, format+"\n", args...)
}

// complain writes a line, or several, to the standard error output, after the
// program's name.
func (s *service) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(s.stderr, s.name+": "+format+"\n", args...)
}
