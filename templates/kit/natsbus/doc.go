// Package natsbus is a bus over NATS JetStream, for servers from 2.9 on.
//
// # What is kept
//
// A key belongs to one of 16 partitions. A partition has a stream on files, which
// keeps each message until every group that was known when the message came has
// handled it (interest retention). A group is known from its first subscription on,
// by a durable consumer in each partition. So it keeps its place while nobody is
// subscribed, for as long as Config.MaxAge allows. A message of a topic that no
// group receives is confirmed and not kept. The consumers of a group that will never
// return must be removed (nats consumer rm), or messages are kept for it.
//
// Streams are created when the service starts, or widened if they exist. They are
// never made smaller, and never removed.
//
// # Order
//
// Publishing: of each key, one message at a time is in flight to the server. The
// others of the key wait, and fail if it fails, so that no message passes an earlier
// one of its key, whatever the server or the network does. What is published after
// the failure was reported is sent, whether or not the message that failed is
// published again. The price is a round trip for each message of a key.
//
// Subscribing: a member of a group, which is a process, handles a partition only
// while it has the lease for it. Leases are messages in a stream of their own, each
// of which the server gives to one member of the group at a time. The member renews
// its leases, and when it dies, they go to others after Config.Lease. Members learn
// of each other by heartbeats, and release leases until each has an equal share.
//
// With a lease, a member pulls batches of messages and handles them in key order: a
// key's one after another, those of different keys concurrently. If a handler fails,
// it is called again in the same process. A member that acquires a lease begins only
// when it has every message that the server gave to any member and that was not
// acknowledged, and begins with the oldest. So no message passes an earlier one of
// its key that is delivered again. A lease lasts no longer than the connection: after
// another one was made, it is released and acquired again. At most 256 messages of a
// partition wait for a key that fails; then the partition waits, too.
//
// A process that is frozen for longer than Config.Lease loses its leases. When it
// continues, the contexts of its handlers are cancelled and it begins nothing more;
// but a handler that ignores its context runs at the same time as that of another
// member.
//
// All members of a group must subscribe to the same topics. If they differ, the last
// one to subscribe decides which the group receives, and a member ignores those that
// it did not ask for.
//
// # Why there are 16 streams
//
// A partition could be a filter on one stream for all. But the server searches all
// messages of a stream for those that a consumer wants, and asks all consumers of
// the stream about each message that was handled, which made it three times slower.
package natsbus
