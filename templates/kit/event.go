package kit

// Event is something that has happened. Events are plain structs, in the package of the
// entity that they are about. They are stored and sent as JSON: fields may be added, but
// must not change their meaning.
type Event interface {
	// Topic returns the kind of event, such as "order.created".
	Topic() string
	// Key returns what the event is about, such as the ID of an order. Events with the
	// same key are handled in the order in which they were committed.
	Key() string
}
