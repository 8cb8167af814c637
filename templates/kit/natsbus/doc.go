// Package natsbus is a bus over NATS JetStream, for servers from 2.10 on: those before cannot
// be told to confirm only what is on the disk (sync_interval).
//
// # What is kept
//
// A key belongs to one of 16 partitions. A partition has a stream on files, which keeps
// each message until every group has handled it, for as long as Config.MaxAge allows.
// The bus removes what was handled; the server does not, since one that is stopped
// loses messages that it confirmed, if it is to (interest retention).
//
// Another stream has the groups: since when each receives a topic, which is from its
// first subscription on, and its place in each partition. A place says how far the
// group has come with each topic, and which messages before that are not handled. What
// a group has not handled is kept until it does. To have a group or a topic given up,
// remove it from that stream:
//
//	nats stream purge shop_groups --subject 'shop.group.mail.of.order.created'
//
// Streams are named for the service, and say so in their descriptions. They are
// created when the service starts, and looked after while it runs: one that was
// removed is created again, and one that was changed so that it could lose messages is
// changed back. If that cannot be, or if a stream is another service's, nothing is
// published, and Ping tells. Streams are never made smaller.
//
// If the stream of the groups is lost, groups begin with everything that is kept, and
// for a day nothing is removed.
//
// # Order
//
// See package brokerbus. A member of a group, which is a process, handles a partition only
// while it has the lease for it: it is the owner in the group's place, and the server has
// taken a heartbeat of it within Config.Lease. Members have equal shares of the partitions,
// and say in heartbeats which of them they hold. Another member may take one over when its
// owner says that it does not hold it, or has said nothing for so long. The server replaces
// a place only for who knows the one before, so that two members never both succeed.
// Heartbeats are in a stream in memory.
//
// With a lease, a member reads messages from where the group is. What was handled is
// written to the place several times a second; when a member dies, another one handles
// again what was not written.
//
// # Versions
//
// Members may be of different versions of a service. A member leaves messages of topics
// that it does not handle: the place of such a topic stays before the first of them. While
// there are members that handle all topics of the others, they have all partitions; if
// there are none, members take turns. So each topic is handled as long as there is a
// member that can. The order of a key holds among the topics that a member handles.
//
// # Why there are 16 streams
//
// A partition could be a filter on one stream for all. But the server searches all
// messages of a stream for those that a consumer wants, which is slower. For the same
// reason a member reads all topics of a partition, and skips those of other groups.
package natsbus
