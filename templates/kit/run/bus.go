package run

import (
	"context"
	"strings"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// BusSpec tells how to open the bus that is configured.
type BusSpec struct {
	Adapter    string // such as nats
	Capability kit.BusCapability
	Open       func(context.Context) (kit.Bus, error)

	// Try reports whether Open would succeed, without changing anything. It
	// returns what it found. It is nil for a bus within the process.
	Try func(context.Context) (string, error)
	// Key returns the key that leads to an error of Open and Try, such as
	// bus.nats.url. It is nil for a bus that needs no configuration.
	Key func(error) string
}

const busKey = "bus.adapter"

// Bus provides the bus.
func Bus(spec BusSpec) fx.Option { return fx.Options(fx.Supply(spec), fx.Provide(spec.provide)) }

func (s BusSpec) name() string { return "bus (" + s.Adapter + ")" }

// provide opens the bus, which is closed after everything that uses it has
// stopped.
func (s BusSpec) provide(ctx context.Context, life fx.Lifecycle, of *service, as role) (kit.Bus, error) {
	if err := s.satisfies(of.need); err != nil {
		return nil, err
	}
	if as == looking {
		return unopened{}, nil // to open it would make what it needs on its server
	}
	bus, err := s.Open(ctx)
	if err != nil {
		return nil, s.blame(err)
	}
	life.Append(fx.StopHook(bus.Close))
	return bus, nil
}

// unopened is a bus for what is constructed and never started.
type unopened struct{ kit.Bus }

func (s BusSpec) blame(err error) error {
	key := busKey
	if s.Key != nil {
		key = s.Key(err)
	}
	return blame("the "+s.name(), key, err)
}

func (s BusSpec) try(ctx context.Context, need kit.BusCapability) (string, error) {
	if err := s.satisfies(need); err != nil {
		return "", err
	}
	if s.Try == nil {
		return "within the process", nil
	}
	found, err := s.Try(ctx)
	return found, s.blame(err)
}

// satisfies returns an error if the service needs what the bus cannot do.
func (s BusSpec) satisfies(need kit.BusCapability) error {
	var lacks []string
	if need.Durable && !s.Capability.Durable {
		lacks = append(lacks, "keep messages itself")
	}
	if need.Connected && !s.Capability.Connected {
		lacks = append(lacks, "reach other processes")
	}
	if len(lacks) == 0 {
		return nil
	}
	return blame("the "+s.name(), busKey, kit.Errorf(kit.Invalid,
		"it cannot %s, which the service needs (Need in main.go)", strings.Join(lacks, " and cannot ")))
}
