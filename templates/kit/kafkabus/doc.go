// Package kafkabus is a bus over Kafka, for brokers from 2.8 on.
//
// # What is kept
//
// A key belongs to one of 16 partitions of the topic shop.events, which keeps each
// message until every group has handled it, for as long as Config.MaxAge allows. Kafka
// removes what is before a position, and nothing after it: one message that a group does
// not handle keeps all that follow it in its partition.
//
// The topic shop.groups says whose the topics are, and since when each group receives a
// topic, which is from its first subscription on. When a group handles a topic in no
// version any more, the first event of it holds those behind it in its partition, since
// the group may handle it again. To have it given up, add a record with its name as the
// key, and without a value:
//
//	echo 'mail/order.created|' | kafka-console-producer.sh --bootstrap-server … --topic shop.groups \
//		--property parse.key=true --property key.separator='|' --property null.marker=
//
// Topics are named for the service. They are created when the service starts, and looked
// after while it runs: one that was removed is created again, and one that was changed so
// that it could lose messages is changed back. If that cannot be, or if the topics are
// another service's, nothing is published, and Ping tells. Messages are never kept for
// less long than a topic keeps them already.
//
// If the topic of the groups is lost, groups begin with everything that is kept, and for
// a day nothing is removed.
//
// # What a confirmation says
//
// A message is confirmed when all replicas that are in sync have it. With three replicas or
// more, more than half must be. Kafka does not wait for the disk, unless the topic or the
// broker has flush.messages=1 or log.flush.interval.messages=1: with a single broker and
// without that, what is confirmed survives the broker, but not its machine.
//
// A message that is not confirmed in time fails, though it may have been stored. It is
// delivered twice then, if it is published again.
//
// # Order
//
// See package brokerbus. The client would send several messages of a key together, and fails
// with one all that it has of the partition. But it tells of that later, by another goroutine
// (kgo/sink.go, failAllRecords), and what it is given in between may be stored: it would pass
// the one that failed. A member of a group, which is a process, is a member of the
// consumer group shop.<group>. It handles a partition only while it is assigned to it, and
// a heartbeat was answered within Config.Lease, which is the session timeout. A broker
// that allows less than 6 seconds says so in group.min.session.timeout.ms.
//
// Where a group is, is its committed offset, from which on something may not be handled.
// The metadata of the commit says how far it has come with each topic, and which messages
// before that wait. It is committed several times a second, and the broker refuses what a
// process commits that is no member any more. When a member dies, another one handles
// again what was not committed. If more waits than offset.metadata.max.bytes has room for,
// all after the first of these messages is handled again.
//
// A broker forgets where a group is that has had no member for offsets.retention.minutes,
// a week as it is shipped. Such a group begins again with everything that is kept.
//
// # Versions
//
// Members may be of different versions of a service. A member leaves messages of topics
// that it does not handle: the place of such a topic stays before the first of them. While
// there are members that handle all topics of the others, they have all partitions; if
// there are none, members take turns. So each topic is handled as long as there is a
// member that can. The order of a key holds among the topics that a member handles.
//
// # The client's group consumer
//
// The client, franz-go 1.22, speaks the protocol of groups. In OnPartitionsRevoked it
// expects an application to wait for its handlers, and does not join again meanwhile, for
// which all others wait (kgo/consumer_group.go, prerevoke). So nothing waits there for
// long. Instead, a balancer of this package tells the group which partitions handlers run
// for: what another member must not have yet. When they have ended, and their places are
// committed, the group is joined again. Of what is assigned to this member while its own
// handlers run from before, the balancer does not tell the client until then.
//
// The client does not say when a heartbeat was answered either, and a request that it
// repeats may have been on its way for long. So a Claim sends heartbeats of its own: see
// package brokerbus.
//
// # Why it is no smaller
//
// A third of it is that: a client that leaves a group's places, its handlers and the topics
// of its versions to the application. Another third is the topics, which brokers neither
// protect from changes nor empty when all groups have handled what they have. The rest is
// how to connect, and what is wrong if that fails.
package kafkabus
