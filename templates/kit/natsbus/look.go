package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Look tries whether New would succeed, and changes nothing on the server. It returns
// what it found; the errors are those of New.
func Look(ctx context.Context, c Config) (string, error) {
	c = c.filled()
	conn, err := nats.Connect(c.URL, c.options()...)
	if err != nil {
		return "", c.explain(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	b := &Bus{config: c, conn: conn, publisher: newPublisher(c)}
	if err := b.suits(ctx); err != nil {
		return "", c.explain(err)
	}
	_, err = b.js.Stream(ctx, c.stream(0))
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return c.servers() + " answers; streams " + c.Stream + "_… are created when the service starts", nil
	case err != nil:
		return "", c.explain(err)
	}
	return c.servers() + " answers, and has the streams " + c.Stream + "_…", nil
}
