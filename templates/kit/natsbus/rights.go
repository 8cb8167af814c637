package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// permits returns an error if streams are yet to be made, and the user may not make any. It
// asks for one without saying which, which a server that permits it does not answer.
func (b *server) permits(ctx context.Context) error {
	last := b.config.stream(partitions - 1)
	if _, err := b.js.Stream(ctx, last); !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	subject := "$JS.API.STREAM.CREATE." + last
	if err := b.conn.Publish(subject, nil); err != nil {
		return err
	}
	if err := b.conn.FlushWithContext(ctx); err != nil { // what it refuses, it has said by then
		return err
	}
	if err := b.conn.LastError(); errors.Is(err, nats.ErrPermissionViolation) {
		return kit.Wrap(kit.Invalid, err, "the user of NATS at "+b.config.servers()+" may not publish to "+subject+
			", as is needed to make streams: permit $JS.API.STREAM.CREATE.>")
	}
	return nil
}
