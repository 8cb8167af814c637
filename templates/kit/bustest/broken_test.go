package bustest_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/bustest"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
)

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[kit.Bus]{
	"drops every seventh message":  {Subtest: "OrderOfAKey", Break: func(b kit.Bus) kit.Bus { return &dropping{Bus: b} }},
	"delivers in the other order":  {Subtest: "OrderOfAKey", Break: func(b kit.Bus) kit.Bus { return reversing{b} }},
	"forgets the payload":          {Subtest: "MessagesArriveAsTheyWereSent", Break: func(b kit.Bus) kit.Bus { return empty{b} }},
	"tries once":                   {Subtest: "ErrorRedeliversBeforeLaterOnes", Break: func(b kit.Bus) kit.Bus { return once{b} }},
	"takes before it has handled":  {Subtest: "TakenIsCalledOncePerMessage", Break: func(b kit.Bus) kit.Bus { return hasty{b} }},
	"one after another":            {Subtest: "OtherKeysDoNotWait", Break: func(b kit.Bus) kit.Bus { return serial{b} }},
	"knows no groups":              {Subtest: "MessageForOneGroup", Break: func(b kit.Bus) kit.Bus { return ungrouped{b} }},
	"forgets topics":               {Subtest: "TopicWaitsForWhoHandlesIt", Break: func(b kit.Bus) kit.Bus { return &forgetful{Bus: b} }},
	"knows messages by their IDs":  {Subtest: "OneIDOnTwoTopics", Break: func(b kit.Bus) kit.Bus { return &discarding{Bus: b} }},
	"claims to recognize messages": {Subtest: "MessagePublishedTwice", Break: func(b kit.Bus) kit.Bus { return claiming{b} }},
	"takes what is too large":      {Subtest: "LargestMessage", Break: func(b kit.Bus) kit.Bus { return boundless{b} }},
	"serves when it is closed":     {Subtest: "ClosedIsUnavailable", Break: func(b kit.Bus) kit.Bus { return open{b} }},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	bustest.Patience(t, time.Second)
	bustest.Run(t, func(*testing.T) kit.Bus { return broken(chanbus.New(chanbus.Config{})) })
}

type dropping struct {
	kit.Bus
	mu sync.Mutex
	n  int
}

func (b *dropping) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i, m := range msgs {
		b.mu.Lock()
		b.n++
		drop := b.n%7 == 0
		b.mu.Unlock()
		if drop {
			taken(i, nil)
			continue
		}
		b.Bus.Publish(ctx, func(_ int, err error) { taken(i, err) }, m)
	}
}

type reversing struct{ kit.Bus }

func (b reversing) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i := len(msgs) - 1; i >= 0; i-- {
		b.Bus.Publish(ctx, func(_ int, err error) { taken(i, err) }, msgs[i])
	}
}

type empty struct{ kit.Bus }

func (b empty) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i, m := range msgs {
		m.Payload = nil
		b.Bus.Publish(ctx, func(_ int, err error) { taken(i, err) }, m)
	}
}

type once struct{ kit.Bus }

func (b once) Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (func(context.Context) error, error) {
	return b.Bus.Subscribe(ctx, s, func(ctx context.Context, m kit.Message) error {
		_ = h(ctx, m) // the breakage: nobody asks for it again
		return nil
	})
}

type hasty struct{ kit.Bus }

func (b hasty) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i := range msgs {
		taken(i, nil)
	}
	b.Bus.Publish(ctx, func(int, error) {}, msgs...)
}

type serial struct{ kit.Bus }

func (b serial) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i := range msgs {
		msgs[i].Key = "one"
	}
	b.Bus.Publish(ctx, taken, msgs...)
}

type ungrouped struct{ kit.Bus }

func (b ungrouped) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i := range msgs {
		msgs[i].Group = ""
	}
	b.Bus.Publish(ctx, taken, msgs...)
}

type open struct{ kit.Bus }

func (open) Ping(context.Context) error { return nil }

func (b open) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	b.Bus.Publish(ctx, func(i int, err error) {
		if kit.CodeOf(err) == kit.Unavailable {
			err = nil
		}
		taken(i, err)
	}, msgs...)
}

// forgetful takes messages of topics that the latest subscription does not name.
type forgetful struct {
	kit.Bus
	topics []string
}

func (b *forgetful) Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (func(context.Context) error, error) {
	b.topics = s.Topics
	return b.Bus.Subscribe(ctx, s, h)
}

func (b *forgetful) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i, m := range msgs {
		if !slices.Contains(b.topics, m.Topic) {
			taken(i, nil)
			continue
		}
		b.Bus.Publish(ctx, func(_ int, err error) { taken(i, err) }, m)
	}
}

// discarding drops a message whose ID it has seen.
type discarding struct {
	kit.Bus
	seen sync.Map
}

func (b *discarding) Publish(ctx context.Context, taken func(int, error), msgs ...kit.Message) {
	for i, m := range msgs {
		if _, again := b.seen.LoadOrStore(m.ID, true); again {
			taken(i, nil)
			continue
		}
		b.Bus.Publish(ctx, func(_ int, err error) { taken(i, err) }, m)
	}
}

type boundless struct{ kit.Bus }

func (boundless) Capability() kit.BusCapability { return kit.BusCapability{Largest: 1000} }

type claiming struct{ kit.Bus }

func (claiming) Capability() kit.BusCapability { return kit.BusCapability{Once: true} }
