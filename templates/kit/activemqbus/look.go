package activemqbus

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Look tries whether New would succeed. It changes nothing on the broker, but that the
// broker makes an empty queue for who looks for one. It returns what it found; the errors
// are those of New.
func Look(ctx context.Context, service string, c Config) (found string, largest int, err error) {
	c = c.filled()
	c.Topic = cmp.Or(c.Topic, service)
	found, err = c.look(ctx, service)
	if err != nil {
		return "", 0, c.explain(err)
	}
	return found, c.MaxMessage, nil
}

func (c Config) look(ctx context.Context, service string) (found string, err error) {
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
	r, err := session.NewReceiver(ctx, names(c.Topic).records(), browsing(1))
	if err != nil {
		return "", err
	}
	found = fmt.Sprintf("%s answers; it is ActiveMQ %v", c.servers(), conn.Properties()["version"])
	const enough = 500 * time.Millisecond // for one message; a broker does not tell that there is none
	ctx, cancel = context.WithTimeout(ctx, min(enough, c.ConnectTimeout/2))
	defer cancel()
	m, err := r.Receive(ctx, nil)
	if ctx.Err() != nil {
		return found + ", and queues of " + c.Topic + " are made when the service starts", nil
	}
	if err != nil {
		return "", err
	}
	if had, ok := recordOf(m); ok && had.Service != service {
		return "", brokerbus.Refuse("topic", "%s has the events of %s; name another topic", c.Topic, had.Service)
	}
	return found + ", and has the queues of " + c.Topic, nil
}
