// Package natsbus is a bus over NATS JetStream, for servers from 2.9 on.
//
// # What is kept
//
// A key belongs to one of 16 partitions, and a partition has a stream on files. It
// keeps each message until every group that was known when it came has handled it
// (interest retention). A group is known from its first
// subscription on, by durable consumers, and so keeps its place while nobody is
// subscribed, for as long as Config.MaxAge allows. A message of a topic that no
// group wants is confirmed and not kept. A group that will never come back has to
// be removed by hand (nats consumer rm), or messages are kept for it.
//
// The streams are made at the start, or widened if they are there; they are never
// made smaller and never removed.
//
// # Order
//
// To publish: of each key, one message at a time is on its way to the server;
// those of other keys do not wait for it. What waits behind a message that fails
// fails with it, so that no message passes an earlier one of its key, whatever
// the server or the network does. What is published after a failure was told is
// sent, whether or not the failed message was published again. This costs a key
// that all messages share one round trip for each of them.
//
// To subscribe: a group has a durable consumer for each partition. A member handles
// a partition only while it has the turn for it. Turns are messages of a stream of
// their own, which the server hands to one member at a time: the member says every so often that it still has them, and when it
// dies they go to another after Config.Lease. Members learn of each other by
// plain messages and give up turns until each has its fair share.
//
// With a turn come whole batches, more of which are asked for before the last has
// come, handled at once for different keys and one after another for the same, tried again in the process when a handler fails.
// Who takes a turn, or connects again, begins only when it holds every message
// that the server has given to anyone and that was not acknowledged, and begins
// with the oldest. So no later message of a key passes one that is delivered
// again. At most 256 messages of a partition wait behind a key that fails; then
// the partition waits too.
//
// A process that is frozen for longer than Config.Lease has lost its turns. When
// it wakes, the contexts of its handlers are cancelled and it begins nothing
// more; but a handler that goes on regardless runs beside that of another member.
//
// All members of a group must subscribe to the same topics: where they differ,
// the last one to subscribe decides what the group gets, and a member passes over
// what it did not ask for.
//
// # What it costs
//
// A partition could be a filter on one stream for all. But a server looks for what a
// consumer wants among all messages of a stream, and with each that was handled asks
// all of its consumers whether it can go: that cost it three times as much.
package natsbus
