// Package app is what the service does and how it is wired: the use cases, the
// subscribers, the configuration and the commands of the program. It is the
// only package that knows every other.
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
)

// Program is the program that the service is started as. What is empty has the
// default that is named here.
type Program struct {
	Name     string    // of the service, such as shop; required
	Version  string    // what the build knows of itself
	Prefix   string    // of variables; the name in capitals
	Defaults []byte    // config.yaml, as built in; required
	Args     []string  // os.Args[1:]
	Env      []string  // os.Environ()
	Stdout   io.Writer // os.Stdout
	Stderr   io.Writer // os.Stderr; the log goes here
}

// What a program exits with.
const (
	exitDone    = 0
	exitFailed  = 1 // it could not be done
	exitRefused = 2 // the command line or the configuration is wrong
)

// Main runs the command that the arguments name and returns what the program is
// to exit with. The first SIGINT or SIGTERM ends a command in order, a later
// one ends the process at once.
func Main(p Program) int {
	p = p.filled()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer p.obey(cancel)()
	return p.run(ctx)
}

// run runs the command until it is done or ctx ends.
func (p Program) run(ctx context.Context) int {
	l, err := parseCommandLine(p.Args)
	if err != nil {
		p.complain("%s\n\n%s help tells what it can do.", err, p.Name)
		return exitRefused
	}
	return l.command.run(ctx, p, l)
}

func (p Program) filled() Program {
	p.Version = cmp.Or(p.Version, buildVersion())
	p.Prefix = cmp.Or(p.Prefix, prefixOf(p.Name))
	if p.Args == nil {
		p.Args = os.Args[1:]
	}
	if p.Env == nil {
		p.Env = os.Environ()
	}
	if p.Stdout == nil {
		p.Stdout = os.Stdout
	}
	if p.Stderr == nil {
		p.Stderr = os.Stderr
	}
	return p
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

// echoTime is how long after a signal another one is taken for the same: some
// shells and supervisors signal the process and then the group that it is in.
const echoTime = 500 * time.Millisecond

// obey calls cancel at the first signal and ends the process at the second. It
// returns what makes it deaf again.
func (p Program) obey(cancel func()) func() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		var first time.Time
		for s := range signals {
			switch {
			case first.IsZero():
				first = time.Now()
				cancel()
			case time.Since(first) > echoTime:
				p.complain("a second signal (%s): ended at once; events that were under way stay in the outbox", s)
				os.Exit(exitFailed)
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// print writes to the standard output. Whoever reads it may have gone.
func (p Program) print(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Stdout, format+"\n", args...)
}

// mention writes to the standard error output.
func (p Program) mention(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Stderr, format+"\n", args...)
}

// complain writes to the standard error output, after the program's name.
func (p Program) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Stderr, p.Name+": "+format+"\n", args...)
}
