// Package activemqbus is a bus over ActiveMQ Classic, by AMQP 1.0. It is tested with
// version 6.3.
//
// # What is kept
//
// A key belongs to one of 16 partitions. A partition is a virtual topic of the broker,
// VirtualTopic.shop.07 for instance, of which each group has a queue:
// Consumer.mail.VirtualTopic.shop.07. A message is in the queues of all groups when the
// broker has confirmed it, and is removed from one when the group has handled it. The
// broker writes it to the disk first, unless journalDiskSyncStrategy is other than always.
//
// Another queue, shop.groups, has the records: whose queues these are, and which topics
// each group receives. It is browsed, not consumed. A group receives a topic from its
// first subscription on, whichever version of the service subscribed, until somebody
// removes the records and the queues while no process of the service runs.
//
// Every process attaches to the queues of all groups, without taking anything from them:
// so the broker does not remove those of a group that is away. If they are gone all the
// same, with the broker's store, they are made again, with the groups that a process
// knows, before anything is published.
//
// # Order
//
// See package brokerbus. The queues have exclusive consumers: the broker delivers a queue
// to one consumer, and what that did not settle goes to the next one, in order. A broker
// does not know what a process is still doing when its connection is gone. So the
// processes tell each other, by heartbeats on a topic, of which partitions they may be
// handling messages, and who receives a partition waits until no other does, or was not
// heard of for Config.Lease. A process that does not hear its own heartbeats for as long
// begins nothing more. Members have equal shares of the partitions.
//
// What a process that is killed did not settle goes to another one within Config.Lease. If
// its machine is gone, or the network, the broker must notice first, which takes from one
// to two times its idle timeout, 30 seconds by default:
//
//	<transportConnector uri="amqp://0.0.0.0:5672?transport.wireFormat.idleTimeout=10000&amp;transport.tcpNoDelay=true"/>
//
// The idle timeout must be longer than Config.Lease. Without tcpNoDelay, the broker holds
// small answers back for 40 ms.
//
// # Versions
//
// Members may be of different versions of a service. While there are members that handle
// all topics of the others, they have all partitions; if there are none, members take
// turns. Messages of topics that the group receives and that the version of a member does
// not know are parked: moved to a queue for the partition and topic, such as
// shop.later.mail.07.order.created, from where a member that knows the topic takes them
// before it takes what was published later. The order of a key holds among the topics
// that a member handles. Parked messages of different topics are ordered by the clocks of
// those that parked them, and those of members that hear each other go alike.
//
// Messages of topics that the group does not receive are removed, after a heartbeat by
// which a member knows of all subscriptions that began before.
//
// # What it is not
//
// A message that is published again is delivered again. What somebody else sends to a
// queue of the bus is rejected, and goes to the broker's dead letter queue. In a network
// of brokers, where each has queues of its own, keys lose their order; brokers that share
// a store, of which one is active, may all be in the URL.
//
// A process has 9 connections: a broker handles what comes over one in order, and waits
// for the disk each time.
package activemqbus
