package activemqbus

import (
	"context"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit/internal/spool"
)

// feed is what a broker sends ahead from a queue. It is received at once: the client would
// keep it in memory.
type feed struct {
	*amqp.Receiver

	came chan incoming // has room for all that is not settled
	err  error         // why no more comes, when came is closed
}

func (f *feed) receive(up context.Context, s *spool.Spool) {
	defer close(f.came)
	for {
		m, err := f.Receive(up, nil)
		if err != nil {
			f.err = err
			return
		}
		in := incoming{Message: m, payload: s.Keep(m.GetData()), from: f}
		m.Data = nil
		f.came <- in
	}
}

// next returns the next message.
func (f *feed) next(ctx context.Context) (incoming, error) {
	select {
	case in, open := <-f.came:
		if !open {
			return in, f.err
		}
		return in, nil
	case <-ctx.Done():
		return incoming{}, ctx.Err()
	}
}

// within returns the next message, or none if it does not come in time.
func (f *feed) within(ctx context.Context, d time.Duration) (incoming, error) {
	waiting, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	in, err := f.next(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		err = nil
	}
	return in, err
}
