package activemqbus

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Look tries whether New would succeed. It changes nothing on the broker, but that the
// broker makes an empty queue for who looks for one. It returns what it found; the errors
// are those of New.
func Look(ctx context.Context, service string, groups []string, c Config) (found string, largest int, err error) {
	c = c.filled()
	c.Topic = cmp.Or(c.Topic, service)
	found, err = c.look(ctx, service, groups)
	if err != nil {
		return "", 0, c.explain(err)
	}
	return found, c.MaxMessage, nil
}

func (c Config) look(ctx context.Context, service string, groups []string) (found string, err error) {
	conn, _, err := c.dial(ctx)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	defer conn.Close() //nolint:errcheck // nothing was sent that counts
	session, err := conn.NewSession(ctx, nil)
	if err != nil {
		return "", err
	}
	r, err := session.NewReceiver(ctx, names(c.Topic).records(), browsing(1000))
	if err != nil {
		return "", err
	}
	found = fmt.Sprintf("%s answers; it is ActiveMQ %v", c.servers(), conn.Properties()["version"])
	var known facts
	for n := 0; ; n++ {
		had, err := c.next(ctx, r)
		switch {
		case err != nil:
			return "", err
		case had == nil && n == 0:
			return found + ", and queues of " + c.Topic + " are made when the service starts", nil
		case had == nil:
			return brokerbus.Found(found+", and has the queues of "+c.Topic, known.groups(), groups, func() (map[string]int, error) {
				l := &link{patience: c.ConnectTimeout, control: session, open: map[*amqp.Sender]bool{}}
				l.up, l.lose = context.WithCancelCause(ctx)
				defer l.lose(nil)
				return l.waiting(ctx, names(c.Topic), known.groups())
			}), nil
		case had.Service != service:
			return "", brokerbus.Refuse("topic", "%s has the events of %s; name another topic", c.Topic, had.Service)
		}
		known.learn(had.Facts...)
	}
}

// next returns the next record, or nil if there is none: a broker does not tell, and needs
// less time for one.
func (c Config) next(ctx context.Context, r *amqp.Receiver) (*record, error) {
	const enough = 500 * time.Millisecond
	waiting, cancel := context.WithTimeout(ctx, min(enough, c.ConnectTimeout/2))
	defer cancel()
	for {
		m, err := r.Receive(waiting, nil)
		if waiting.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if had, ok := recordOf(m); ok {
			return &had, nil
		}
	}
}
