package kafkabus

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Look tries whether New would succeed, and changes nothing on the brokers. It returns
// what it found; the errors are those of New.
func Look(ctx context.Context, service string, groups []string, c Config) (found string, largest int, err error) {
	b, err := connect(ctx, service, c)
	if err != nil {
		return "", 0, err
	}
	defer b.Close()
	b.looks = true
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	found = b.config.Brokers + " answers, and has the topics " + b.config.Topic + ".…"
	s, err := b.makeTopics(ctx)
	if errors.Is(err, errMissing) {
		found = b.config.Brokers + " answers; topics " + b.config.Topic + ".… are created when the service starts"
	} else if err != nil {
		return "", 0, b.config.explain(err)
	}
	if err == nil {
		b.use(s.events)
	}
	kept := slices.Collect(maps.Keys(b.known.starts)) // as makeTopics has read them
	return brokerbus.Found(found, kept, groups, func() (map[string]int, error) { return b.Waiting(ctx, nil) }), b.Capability().Largest, nil
}
