package run

import (
	"context"
	"fmt"
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
	for _, e := range s.loaded.Entries() {
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
