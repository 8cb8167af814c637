package kit

import (
	"context"
	"time"
)

// Message is a message on a bus. The ID and the topic tell it from others: a bus may
// deliver two with the same ID once if they have the same topic, and delivers both if
// they have not.
type Message struct {
	ID      UUID      // the same at every delivery, so that an inbox recognizes duplicates
	Topic   string    // the kind of message, such as "order.created"
	Key     string    // messages with the same key are delivered in order
	Group   string    // the only group to receive it; "" for every group
	Time    time.Time // when it was written, in UTC
	Payload []byte    // must not be modified
}

// Handler handles one message. If it returns an error, the message is delivered again.
type Handler func(ctx context.Context, m Message) error

// Subscription describes what a group receives. Each group receives every message of its
// topics, and one member of the group, in whichever process, handles it.
//
// The members may be of several versions of a service, which handle different topics: a
// group receives what any subscription of it has named, once and for all. A message of a
// topic that no present member handles waits for one that does, and the messages of
// other topics do not wait for it. If the bus is not Durable, it is not taken.
type Subscription struct {
	Group  string   // lower-case letters, digits, - and _
	Topics []string // at least one; there are no wildcards
}

// Bus carries messages to groups of subscribers. Each message is delivered at least once,
// and messages with the same key in the order in which they were published.
//
// All methods may be called concurrently.
type Bus interface {
	// Publish hands messages to the bus. It returns once their order is fixed: a
	// message with the same key that is published later, from any goroutine, is
	// delivered later. It blocks while the bus is full, until ctx ends.
	//
	// Publish calls taken exactly once for each message, from any goroutine and perhaps
	// before it returns, with the index of the message. A nil error means that the bus
	// is now responsible for the message: a broker has durably confirmed it or, without
	// a broker, every group has handled it. Otherwise the message may or may not be
	// delivered, and the caller remains responsible for it; all messages with its key
	// that were published before taken was called with the error, and have not been
	// taken by then, fail as well. The error is Unavailable, or Invalid for a message
	// that can never be sent.
	Publish(ctx context.Context, taken func(i int, err error), msgs ...Message)

	// Subscribe starts delivering messages to the handler and returns. Messages with the
	// same key are handled one at a time, those with different keys concurrently. If the
	// handler returns an error or panics, or its process dies, the message is delivered
	// again, before any later message with its key. If the bus is Durable, a group keeps
	// its position while it has no subscriber.
	//
	// stop ends the subscription: it starts no more handlers and waits for those that
	// are running; when its own context ends, it cancels theirs. The error of Subscribe
	// is Invalid for a subscription without a group or a topic, and Conflict if the
	// group is already subscribed in this process.
	Subscribe(ctx context.Context, s Subscription, h Handler) (stop func(context.Context) error, err error)

	// Ping returns nil if the bus can accept messages now, otherwise Unavailable with
	// the cause.
	Ping(ctx context.Context) error

	// Capability returns what this bus can do beyond what every bus can.
	Capability() BusCapability

	// Close ends every subscription, fails messages that were published but not taken
	// with Unavailable, and releases the resources of the bus. Later calls return
	// Unavailable. Close may be called more than once.
	Close() error
}

// BusCapability describes how buses differ. The conformance suite tests each field,
// whatever it says.
type BusCapability struct {
	Durable   bool // it stores messages, which survive the process that published them
	Connected bool // it reaches other processes
	Once      bool // a message that is published again within two minutes is delivered once

	// Largest is how many bytes the payload of a message may have; 0 if there is no
	// limit. Larger ones are Invalid. A bus with a server knows it when it is connected.
	Largest int
}
