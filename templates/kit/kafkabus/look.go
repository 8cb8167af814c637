package kafkabus

import (
	"cmp"
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Look tries whether New would succeed, and changes nothing on the brokers. It returns
// what it found; the errors are those of New.
func Look(ctx context.Context, service string, c Config) (found string, largest int, err error) {
	b, err := connect(ctx, service, c)
	if err != nil {
		return "", 0, err
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	c = b.config
	complete, err := b.inspect(ctx)
	switch {
	case err != nil:
		return "", 0, c.explain(err)
	case !complete:
		return c.Brokers + " answers; topics " + c.Topic + ".… are created when the service starts", b.Capability().Largest, nil
	default:
		return c.Brokers + " answers, and has the topics " + c.Topic + ".…", b.Capability().Largest, nil
	}
}

// inspect reports whether there are the topics, and returns an error if they can never
// serve.
func (b *server) inspect(ctx context.Context) (complete bool, err error) {
	meta, err := b.admin.Metadata(ctx, b.config.known(), b.config.events())
	if err != nil {
		return false, err
	}
	complete = true
	for topic, count := range map[string]int{b.config.known(): 1, b.config.events(): partitions} {
		have := meta.Topics[topic]
		switch {
		case errors.Is(have.Err, kerr.UnknownTopicOrPartition):
			complete = false
		case have.Err != nil:
			return false, have.Err
		default:
			if err := b.config.fits(have, count); err != nil {
				return false, err
			}
		}
	}
	known, err := b.readGroups(ctx)
	if errors.Is(err, kerr.UnknownTopicOrPartition) || err == nil && known.next == 0 { // there are none yet
		return false, nil
	}
	if err != nil || !complete {
		return false, cmp.Or(err, b.owns(known.made))
	}
	described, err := b.admin.DescribeTopicConfigs(ctx, b.config.events())
	if err != nil {
		return false, err
	}
	for _, topic := range described {
		for _, entry := range topic.Configs {
			if entry.Key == "max.message.bytes" {
				b.batch.Store(int64(number(entry.MaybeValue(), int(b.batch.Load()))))
			}
		}
	}
	return true, b.owns(known.made)
}
