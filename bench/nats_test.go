package bench

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/bench/rawnats"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// natsWindow is what a project has in its config.yaml.
const natsWindow = 8192

// parts are as many as the kit has.
const parts = 16

var natsRows = []paired.Row{
	{
		Name: "nats-publish", Title: "publish, each of another key, as many processes can consume it", A: "nats bus", B: "nats.go, 16 streams",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 0.95}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: carried(anew(onNATS(t).Publish)), B: carried(anew(onRawNATS(t, parts).Publish))}
		},
	},
	{
		Name: "nats-publish-alone", Title: "publish, each of another key", A: "nats bus", B: "nats.go, one stream: in order in one process alone",
		Lines: []paired.Line{{Figure: messagesPerSecond}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: carried(anew(onNATS(t).Publish)), B: carried(anew(onRawNATS(t, 1).Publish))}
		},
	},
	{
		Name: "nats-publish-key", Title: "publish, all of one key, in order", A: "nats bus", B: "nats.go, one after another",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 0.95}},
		Open: func(t *testing.T) paired.Sides {
			raw := onRawNATS(t, 1)
			return paired.Sides{
				A: carried(anew(ofOneKey(onNATS(t).Publish))),
				B: carried(anew(ofOneKey(func(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
					for i, m := range msgs {
						taken(i, raw.PublishOne(ctx, m))
					}
				}))),
			}
		},
	},
	{
		Name: "nats-consume", Title: "consume, a key in order across processes", A: "nats bus", B: "nats.go, 16 streams",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 0.95}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: consumed(onNATS(t)), B: consumed(onRawNATS(t, parts))}
		},
	},
	{
		Name: "nats-consume-alone", Title: "the same", A: "nats bus", B: "nats.go, one stream: in order in one process alone",
		Lines: []paired.Line{{Figure: messagesPerSecond}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: consumed(onNATS(t)), B: consumed(onRawNATS(t, 1))}
		},
	},
}

// onNATS is a bus that knows a group.
func onNATS(t *testing.T) kit.Bus {
	t.Helper()
	b, err := natsbus.New(t.Context(), "bench", natsbus.Config{URL: natsURL(t), Stream: streamName(), Window: natsWindow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // nothing is under way then
	stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: "mail", Topics: []string{topic}}, read(new(atomic.Int64)))
	if err == nil {
		err = stop(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func onRawNATS(t *testing.T, partitions int) *rawnats.Bus {
	t.Helper()
	b, err := rawnats.New(t.Context(), natsURL(t), streamName(), partitions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// natsURL returns where a server is that all rounds of a row use. It flushes each
// message, as the one that a project gets, but its files are in memory: what the disk
// takes for that is the same for everybody, and more than all the rest.
func natsURL(t *testing.T) string {
	t.Helper()
	natsServers.Lock()
	defer natsServers.Unlock()
	if natsServers.url[t.Name()] == "" {
		natsServers.url[t.Name()] = testserver.StartNATSInMemory(t).URL()
	}
	return natsServers.url[t.Name()]
}

var natsServers = struct {
	sync.Mutex
	url map[string]string // by the name of the row's test
}{url: map[string]string{}}

// streamName is a name that no other stream has. The server ends with the row.
func streamName() string { return "bench-" + kit.NewUUID().String() }

// anew has a carrier take each message under a new identifier, or the server would
// take it for one that it has.
func anew(publish carrier) carrier {
	return func(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
		for i := range msgs {
			msgs[i].ID = kit.NewUUID()
		}
		publish(ctx, taken, msgs...)
	}
}

// ofOneKey has a carrier take all messages as of one key.
func ofOneKey(publish carrier) carrier {
	return func(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
		for i := range msgs {
			msgs[i].Key = "one"
		}
		publish(ctx, taken, msgs...)
	}
}

// consumer is what messages are published to, and consumed from.
type consumer interface {
	Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message)
	Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (stop func(context.Context) error, err error)
}

// consumed is a round that handles what was published before.
func consumed(b consumer) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		n := int(d.Seconds() * 40_000)
		publishAll(t, b, n)
		var handled atomic.Int64
		all := make(chan struct{})
		began := time.Now()
		stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: "mail", Topics: []string{topic}}, func(_ context.Context, m kit.Message) error {
			if handled.Add(1) == int64(n) { // one may come twice: then the time is that of a few less
				close(all)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		<-all
		took := time.Since(began)
		if err := stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		return paired.Figures{messagesPerSecond: float64(n) / took.Seconds()}
	}
}

// publishAll publishes messages, each of another key, and waits until they are taken.
func publishAll(t *testing.T, b consumer, n int) {
	t.Helper()
	var left sync.WaitGroup
	var failed atomic.Pointer[error]
	for first := 0; first < n; first += 1000 {
		msgs := letters(min(1000, n-first))
		for i := range msgs {
			msgs[i].Key += "-" + strconv.Itoa(first)
		}
		left.Add(len(msgs))
		b.Publish(t.Context(), func(_ int, err error) {
			if err != nil {
				failed.Store(&err)
			}
			left.Done()
		}, msgs...)
	}
	left.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
}
