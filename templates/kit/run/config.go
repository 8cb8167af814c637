package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/config"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// Configuration is the configuration of a service: a struct that embeds Config
// and adds the service's own sections.
type Configuration interface{ common() Config }

// Config is what can be configured of every service. A field HTTP.ReadTimeout
// is the key http.read_timeout.
type Config struct {
	HTTP     httpserver.Config
	Delivery delivery.Config
	Log      LogConfig
	Shutdown ShutdownConfig
}

func (c Config) common() Config { return c }

// LogConfig configures the log.
type LogConfig struct {
	Level  string // debug, info, warn or error
	Format string // text or json
	Access bool   // write a line for each request; failed requests are always logged
}

// Check reports values that are out of range.
func (c LogConfig) Check(report func(field, problem string)) {
	config.OneOf(report, "Level", c.Level, "debug", "info", "warn", "error")
	config.OneOf(report, "Format", c.Format, "text", "json")
}

// ShutdownConfig configures how the service stops.
type ShutdownConfig struct {
	Delay   time.Duration // how long to keep serving while not ready, until load balancers have noticed
	Timeout time.Duration // for everything after that
}

// Check reports values that are out of range.
func (c ShutdownConfig) Check(report func(field, problem string)) {
	if c.Delay < 0 || c.Delay > 5*time.Minute {
		report("Delay", "must be between 0s and 5m")
	}
	if c.Timeout < time.Second || c.Timeout > time.Hour {
		report("Timeout", "must be between 1s and 1h")
	}
}

// Check reports numbers and durations that are zero. In Go, zero stands for the
// default, but a 0 in a file is meant as 0.
func (c Config) Check(report func(field, problem string)) {
	reportZeros(report, "HTTP", c.HTTP)
	reportZeros(report, "Delivery", c.Delivery)
}

func reportZeros(report func(field, problem string), name string, section any) {
	v := reflect.ValueOf(section)
	for i := range v.NumField() {
		if f := v.Field(i); f.CanInt() && f.IsZero() {
			report(name+"."+v.Type().Field(i).Name, "must be more than 0")
		}
	}
}

// defaultFile is read if no other file is named.
const defaultFile = "config.yaml"

// configFile returns the path of the configuration file: the one given, or the
// one that a variable names, or config.yaml if it exists, or "".
func (s *service) configFile(given string) string {
	if given != "" {
		return given
	}
	if named := os.Getenv(s.input.Prefix + "_" + config.FileVariable); named != "" {
		return named
	}
	if _, err := os.Stat(defaultFile); err != nil {
		return ""
	}
	return defaultFile
}

// show prints every key with its value and where it is set.
func (s *service) show(context.Context, []string) error {
	table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	section := ""
	for _, e := range s.loaded {
		if first, _, _ := strings.Cut(e.Key, "."); first != section {
			if section != "" {
				_, _ = fmt.Fprintln(table) // the columns of each section are aligned by themselves
			}
			section = first
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", e.Key, e.Value, e.Source)
	}
	_ = table.Flush() // the standard output may be closed
	return nil
}

const levelKey = "log.level"

// watch watches the configuration file while the service runs. It sets the level
// of the log when that changes, and logs that any other change needs a restart.
func (s *service) watch(ctx context.Context, log *slog.Logger, level *slog.LevelVar) {
	if s.input.File == "" {
		return
	}
	before := s.loaded
	err := config.Watch(s.input.File, func() {
		if now := s.reload(ctx, log); now != nil {
			setLevel(level, now.config.Log)
			reportChanges(ctx, log, now.loaded.Changed(before), level)
			before = now.loaded
		}
	})
	if err != nil {
		log.WarnContext(ctx, "changes of the configuration file will not be noticed", "error", err)
	}
}

// reload reads the configuration again. It returns nil if the configuration is wrong,
// and logs why.
func (s *service) reload(ctx context.Context, log *slog.Logger) *configured {
	now, err := s.load(s.input)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		for _, m := range mistakes {
			log.ErrorContext(ctx, "the changed configuration is invalid; the service keeps the previous one", "where", m.About(), "problem", m.Problem)
		}
		return nil
	}
	if err != nil {
		log.ErrorContext(ctx, "cannot read the changed configuration", "error", err)
		return nil
	}
	return now
}

// reportChanges logs what has changed. The new level of the log is in effect by then,
// and does not hide that it has changed.
func reportChanges(ctx context.Context, log *slog.Logger, changed []config.Entry, level *slog.LevelVar) {
	for _, e := range changed {
		if e.Key == levelKey {
			log.Log(ctx, max(level.Level(), slog.LevelInfo), levelKey+" has changed", "value", e.Value, "source", e.Source)
			continue
		}
		log.WarnContext(ctx, e.Key+" has changed: it needs a restart", "value", e.Value, "source", e.Source)
	}
}
