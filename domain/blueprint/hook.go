package blueprint

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/domain/name"
)

// The kinds of hooks.
const (
	Job        = "job"        // work at times, or beside the HTTP server for as long as the service runs
	Command    = "command"    // a command of the service's program
	Middleware = "middleware" // what wraps the HTTP server
)

// Hook is code of the owner's that the runtime of a service calls.
type Hook struct {
	Kind string
	Name name.Name

	// The times of a job; both zero if it runs for as long as the service does.
	Every time.Duration
	Cron  string
	Zone  string // of Cron
	Tx    bool   // a job at times runs in a transaction
}

// Timed reports whether the hook is a job that is done at times.
func (h Hook) Timed() bool { return h.Every != 0 || h.Cron != "" }

// commands are those that the program of every service has, or may have.
var commands = []string{"backup", "check", "completion", "config", "dead-letters", "help", "migrate", "restore", "schedule", "serve", "version"}

// Check returns an error of one line if a service cannot have the hook.
func (h Hook) Check() error {
	switch {
	case h.Kind == Command && slices.Contains(commands, h.Name.Kebab()):
		return fmt.Errorf("command %s: the program of every service has a command of that name; choose another name", h.Name.Kebab())
	case h.Every != 0 && h.Cron != "":
		return errors.New("--every and --cron cannot be used together")
	case h.Tx && !h.Timed():
		return errors.New("--tx is for a job with --every or --cron: work that runs for as long as the service does cannot be one transaction")
	}
	return nil
}
