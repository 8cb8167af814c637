package run

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// BusSpec tells how to open the bus that is configured.
type BusSpec struct {
	Adapter    string // such as nats
	Capability kit.BusCapability
	Others     map[string]kit.BusCapability // of all buses of the project, by adapter
	// Open opens the bus for the service with a name.
	Open func(ctx context.Context, service string) (kit.Bus, error)

	// Keeps is how long the bus keeps an event for a group that is away; 0 for as long
	// as that is, or not at all.
	Keeps time.Duration

	// Try reports whether Open and groups would succeed, and changes nothing. It returns what
	// it found, and the Largest of the bus. It is nil for a bus within the process.
	Try func(ctx context.Context, service string, groups []string) (found string, largest int, err error)
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
func (s BusSpec) provide(ctx context.Context, life fx.Lifecycle, of *service, as role, log *slog.Logger) (kit.Bus, error) {
	if err := s.suits(of); err != nil {
		return nil, err
	}
	if as == looking {
		return unopened{}, nil // to open it would make what it needs on its server
	}
	bus, err := s.Open(ctx, of.name)
	if err != nil {
		return nil, s.blame(err)
	}
	life.Append(fx.StopHook(bus.Close))
	if narrow := of.tooNarrow(bus.Capability().Largest); narrow != "" {
		log.WarnContext(ctx, narrow)
	}
	return bus, nil
}

// unopened is a bus for what is constructed and never started.
type unopened struct{ kit.Bus }

func (s BusSpec) blame(err error) error { return s.blameFor("the "+s.name(), err) }

// blameFor names the key that leads to an error of something that uses the bus.
func (s BusSpec) blameFor(what string, err error) error {
	key := busKey
	if s.Key != nil {
		key = s.Key(err)
	}
	return blame(what, key, err)
}

func (s BusSpec) try(ctx context.Context, of *service) (string, error) {
	if err := s.suits(of); err != nil {
		return "", err
	}
	if s.Try == nil {
		return "within the process", nil
	}
	found, largest, err := s.Try(ctx, of.name, of.groups)
	if err != nil {
		return "", s.blame(err)
	}
	if narrow := of.tooNarrow(largest); narrow != "" {
		found += "; " + narrow
	}
	return found, nil
}

// tooNarrow says that a bus which takes messages of so many bytes, or 0 for any number,
// may not take the events of the largest requests. It returns "" if it does.
func (s *service) tooNarrow(largest int) string {
	if largest == 0 || s.config.HTTP.MaxBody <= largest {
		return ""
	}
	return fmt.Sprintf("the bus takes events of up to %d bytes, and http.max_body is %d:"+
		" the event of a larger request becomes a dead letter", largest, s.config.HTTP.MaxBody)
}

// suits returns an error if the service needs what the bus cannot do, or would forget
// which events it has handled while the bus may deliver them again.
func (s BusSpec) suits(of *service) error {
	if remember := of.config.Delivery.Remember; s.Keeps > remember {
		return blame("the "+s.name(), "delivery.remember", kit.Errorf(kit.Invalid,
			"it keeps events for %v (bus.%s.max_age), and what was handled is remembered for %v only", s.Keeps, s.Adapter, remember))
	}
	return s.satisfies(of.need)
}

// satisfies returns an error if the service needs what the bus cannot do.
func (s BusSpec) satisfies(need kit.BusCapability) error {
	missing := lacks(s.Capability, need)
	if len(missing) == 0 {
		return nil
	}
	var would []string
	for name, other := range s.Others {
		if len(lacks(other, need)) == 0 {
			would = append(would, name)
		}
	}
	slices.Sort(would)
	advice := "no bus of the project can"
	if len(would) > 0 {
		advice = "use " + strings.Join(would, " or ")
	}
	return blame("the "+s.name(), busKey, kit.Errorf(kit.Invalid,
		"it cannot %s, which the service needs (Need in main.go); %s", strings.Join(missing, " and cannot "), advice))
}

// lacks returns what a bus cannot do of what is needed.
func lacks(can, need kit.BusCapability) (lacks []string) {
	if need.Durable && !can.Durable {
		lacks = append(lacks, "keep messages itself")
	}
	if need.Connected && !can.Connected {
		lacks = append(lacks, "reach other processes")
	}
	if need.Once && !can.Once {
		lacks = append(lacks, "deliver once what is published again soon")
	}
	return lacks
}
