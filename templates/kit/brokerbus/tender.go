package brokerbus

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// tendInterval is how long it takes on average until a bus looks again at what it has on
// its broker.
const tendInterval = 5 * time.Second

// Tender looks after what a bus has on its broker: now and then, soon if something was
// amiss, and when it is told to.
type Tender struct {
	soon  chan struct{}
	fault atomic.Pointer[error]
}

// NewTender returns one that has found no fault yet.
func NewTender() *Tender { return &Tender{soon: make(chan struct{}, 1)} }

// Run calls tend again and again until ctx ends.
func (t *Tender) Run(ctx context.Context, tend func(ctx context.Context) error) {
	for {
		pause := Pause
		if t.Fault() == nil {
			pause = tendInterval/2 + rand.N(tendInterval)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.soon:
		case <-time.After(pause):
		}
		if err := tend(ctx); ctx.Err() == nil {
			t.fault.Store(&err)
		}
	}
}

// Look has it look soon.
func (t *Tender) Look() {
	select {
	case t.soon <- struct{}{}:
	default:
	}
}

// Fault returns what it found when it looked last.
func (t *Tender) Fault() error {
	if err := t.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Refuses returns an error while nothing may be published: it was found that messages
// would not be kept.
func (t *Tender) Refuses() error {
	if err := t.Fault(); kit.CodeOf(err) == kit.Invalid {
		return kit.Wrap(kit.Unavailable, err, "the bus cannot keep messages")
	}
	return nil
}
