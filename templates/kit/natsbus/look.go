package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Look tries whether New would succeed, and changes nothing on the server. It returns
// what it found; the errors are those of New.
func Look(ctx context.Context, service string, c Config) (found string, largest int, err error) {
	b, err := connect(ctx, service, c)
	if err != nil {
		return "", 0, err
	}
	defer b.conn.Close()
	c, largest = b.config, b.Capability().Largest
	for p := range partitions + 1 {
		want := b.groupsConfig()
		if p < partitions {
			want = b.streamConfig(p)
		}
		s, err := b.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return c.servers() + " answers; streams " + c.Stream + "_… are created when the service starts", largest, nil
		}
		if err == nil {
			err = suits(s.CachedInfo().Config, want)
		}
		if err != nil {
			return "", 0, c.explain(err)
		}
	}
	return c.servers() + " answers, and has the streams " + c.Stream + "_…", largest, nil
}
