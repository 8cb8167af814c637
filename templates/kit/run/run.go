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
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
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
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	prog := newProgram(p)
	defer prog.onSignal(cancel)()
	return prog.run(ctx)
}

// program is a Program with its defaults, whatever the type of its
// configuration.
type program struct {
	name, version, prefix string
	need                  kit.BusCapability
	args                  []string
	stdout, stderr        io.Writer

	// keys returns a flag for each key of the configuration.
	keys func() (*pflag.FlagSet, error)
	// load reads the configuration.
	load func(flags) (*service, error)
}

// service is a configured service, of which nothing is constructed yet.
type service struct {
	*program
	config Config
	loaded *config.Loaded
	flags  flags
	file   string // that was read; "" for none
	routes []routes
	wiring fx.Option // what the service is made of
}

func newProgram[C Configuration](p Program[C]) *program {
	prog := &program{
		name:    p.Name,
		version: cmp.Or(p.Version, buildVersion()),
		prefix:  cmp.Or(p.Prefix, prefixOf(p.Name)),
		need:    p.Need,
		args:    p.Args,
		stdout:  p.Stdout,
		stderr:  p.Stderr,
	}
	if prog.args == nil {
		prog.args = os.Args[1:]
	}
	if prog.stdout == nil {
		prog.stdout = os.Stdout
	}
	if prog.stderr == nil {
		prog.stderr = os.Stderr
	}
	prog.keys = func() (*pflag.FlagSet, error) { return config.Flags(new(C)) }
	prog.load = func(f flags) (*service, error) {
		var c C
		in := config.Input{Defaults: p.Defaults, File: prog.configFile(f.file), Prefix: prog.prefix, Flags: f.keys, Set: f.set}
		loaded, err := config.Load(&c, in)
		if err != nil {
			return nil, err
		}
		return &service{program: prog, config: c.common(), loaded: loaded, flags: f, file: in.File, wiring: p.Wiring(c)}, nil
	}
	return prog
}

func prefixOf(name string) string {
	return strings.Map(func(r rune) rune {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return '_'
		}
		return r
	}, strings.ToUpper(name))
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// sameSignal is how soon after a signal another one counts as the same: some
// shells and supervisors signal the process and then its process group.
const sameSignal = 500 * time.Millisecond

// onSignal calls cancel at the first signal and exits at the second. It returns
// a function that stops listening for signals.
func (p *program) onSignal(cancel func()) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		var first time.Time
		for s := range signals {
			switch {
			case first.IsZero():
				first = time.Now()
				cancel()
			case time.Since(first) > sameSignal:
				p.complain("received a second signal (%s): exiting at once; events that were not delivered stay in the outbox", s)
				os.Exit(exitFailed)
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// print writes a line to the standard output, which may be closed.
func (p *program) print(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stdout, format+"\n", args...)
}

// mention writes a line to the standard error output.
func (p *program) mention(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, format+"\n", args...)
}

// complain writes a line to the standard error output, after the program's name.
func (p *program) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, p.name+": "+format+"\n", args...)
}
