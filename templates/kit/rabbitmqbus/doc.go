// Package rabbitmqbus is a bus over RabbitMQ, for servers from 4.0 on. See package
// brokerbus for what buses over brokers have in common.
//
// # What is kept
//
// Messages are published to a topic exchange that is named for the service. A group has a
// quorum queue for each of the 16 partitions of keys, bound to it for each topic that any
// version of the group has named. A message is confirmed
// once a majority of the servers has it on disk in every queue that receives it, and stays
// in the queue of a group until the group has handled it.
//
// A queue that was just made may lose what it confirmed if its server is killed. So a group
// is bound a second after its queues were made.
//
// To have a topic given up, remove its bindings to the queues of the group; to have the
// group given up, remove its queues.
//
// Exchanges, queues and bindings are made when the service starts, and looked after while
// it runs: those that were removed are made again, at once by a member that received from
// them. What a queue had is gone with it, and so is what is published until a member has
// made it again. Policies that limit a queue (max-length, message-ttl) lose messages, and
// cannot be seen over AMQP.
//
// # Order
//
// A queue has a single active consumer: the server delivers to one member, and to another
// one when that has gone, again in order and beginning with what was not acknowledged.
// Each member draws a priority for each partition, so that partitions are spread over
// members; one of a higher priority takes over when the other has acknowledged what it
// received. The server gives the partitions of a member that was killed to others at once.
// Of one that is frozen or cut off it hears no more, and gives its partitions to others
// after Config.Lease and at most half as long again: it looks every heartbeat, which is half
// a lease in whole seconds, and waits for two of them without a byte to be over. So a lease
// of less than two seconds takes two to three. The member itself begins nothing more when it
// got no answer for Config.Lease.
//
// # Versions
//
// Members may be of different versions of a service. Those that handle more topics have a
// higher priority. A member that receives a message of a topic that it does not handle
// parks it in another queue of the partition, for that topic, so that the messages of other
// topics need not wait. A marker in the partition's queue says so, and goes before it: who
// does not handle the topic keeps the marker, and lets other members have the partition from
// time to time. A member that handles the topic reads the parked messages before all others
// when it receives a marker, and whenever another member may have had the partition before
// it. The order of a key holds among the topics that a member handles.
package rabbitmqbus
