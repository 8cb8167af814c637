package kit

// Event tells that something happened. An event is a plain struct in the
// package of what it happened to; it is kept and sent as JSON, so its fields
// may be added to, but never change their meaning.
type Event interface {
	// Topic names the kind of event, such as "order.created".
	Topic() string
	// Key says what the event is about. Events of one key are handled in the
	// order in which they were committed; events of different keys are not.
	Key() string
}
