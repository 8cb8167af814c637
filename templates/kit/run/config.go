package run

import (
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/config"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// Config is everything that can be configured. A field HTTP.ReadTimeout is the
// key http.read_timeout. Add what the service needs, with a line in config.yaml,
// and a Check where not every value makes sense.
type Config struct {
	HTTP     httpserver.Config
	Store    StoreConfig
	Bus      BusConfig
	Delivery delivery.Config
	Log      LogConfig
	Shutdown ShutdownConfig
}

// LogConfig says what is logged, and how.
type LogConfig struct {
	Level  string // debug, info, warn or error
	Format string // text or json
	Access bool   // a line for each request, some milliseconds later; errors have one anyway
}

// Check reports what is out of range.
func (c LogConfig) Check(report func(field, problem string)) {
	config.OneOf(report, "Level", c.Level, "debug", "info", "warn", "error")
	config.OneOf(report, "Format", c.Format, "text", "json")
}

// ShutdownConfig says how the service ends.
type ShutdownConfig struct {
	Delay   time.Duration // how long to go on serving once not ready, until load balancers have noticed
	Timeout time.Duration // for everything after that
}

// Check reports what is out of range.
func (c ShutdownConfig) Check(report func(field, problem string)) {
	if c.Delay < 0 || c.Delay > 5*time.Minute {
		report("Delay", "must be between 0s and 5m")
	}
	if c.Timeout < time.Second || c.Timeout > time.Hour {
		report("Timeout", "must be between 1s and 1h")
	}
}

// Check reports numbers and durations that are zero. In Go a zero stands for
// the default, but whoever writes 0 in a file means it.
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

// configFile is read where no other file is named.
const configFile = "config.yaml"

// load reads the configuration.
func (p Program) load(l commandLine) (Config, *config.Loaded, error) {
	var c Config
	loaded, err := config.Load(&c, config.Input{
		Defaults: p.Defaults,
		File:     p.file(l),
		Prefix:   p.Prefix,
		Env:      p.Env,
		Set:      l.set,
	})
	return c, loaded, err
}

// file returns the path of the file to read, or "" where there is none.
func (p Program) file(l commandLine) string {
	if l.file != "" {
		return l.file
	}
	if named := p.variable(p.Prefix + "_" + config.FileVariable); named != "" {
		return named
	}
	if _, err := os.Stat(configFile); err != nil {
		return ""
	}
	return configFile
}

// variable returns the value of a variable, or "" where it is not set.
func (p Program) variable(name string) string {
	for _, v := range p.Env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
