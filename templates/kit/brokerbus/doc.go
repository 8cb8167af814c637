// Package brokerbus is what buses over a broker have in common: kit.Bus, above a
// Driver that says what one broker is like.
//
// # What a driver sees
//
// Keys are divided into partitions, and the driver sees no keys but partitions. When a
// group subscribes, the driver makes it known at the broker, and from then on acquires
// partitions for this process. The broker sees to it that a partition has one owner in a
// group, in whichever process; where it does not tell who there is, Members do, and where
// it does not tell that it has given up on a process, a Claim does. With a Partition, the
// driver passes on what it receives, in order, and is told what was handled. With a Log
// and a Record, it knows how far each group has come with a log, and what to remove.
//
// # What is done here
//
// Publishing: of each key, one message at a time is in flight to the broker. The others
// of the key wait, and fail if it fails, so that no message passes an earlier one of its
// key, whatever the server or the network does. What is published after the failure was
// reported is sent, whether or not the message that failed is published again. The price
// is a round trip for each message of a key.
//
// Subscribing: the messages of a partition are handled in key order, a key's one after
// another, those of different keys concurrently. If a handler fails, it is called again
// in the same process. At most Prefetch messages of a partition wait for keys that fail;
// then the partition waits, too.
//
// A process that is frozen for longer than its claim lasts loses its partitions. When it
// continues, the contexts of its handlers are cancelled and it begins nothing more; but a
// handler that ignores its context runs at the same time as that of another member.
package brokerbus
