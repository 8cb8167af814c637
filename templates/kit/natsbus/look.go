package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Look tries whether New would succeed, and changes nothing on the server. It returns
// what it found; the errors are those of New.
func Look(ctx context.Context, service string, c Config) (string, error) {
	b, err := connect(ctx, service, c)
	if err != nil {
		return "", err
	}
	defer b.conn.Close()
	c = b.config
	for p := range partitions + 1 {
		want := b.groupsConfig()
		if p < partitions {
			want = b.streamConfig(p)
		}
		s, err := b.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return c.servers() + " answers; streams " + c.Stream + "_… are created when the service starts", nil
		}
		if err == nil {
			err = suits(s.CachedInfo().Config, want)
		}
		if err != nil {
			return "", c.explain(err)
		}
	}
	return c.servers() + " answers, and has the streams " + c.Stream + "_…", nil
}
