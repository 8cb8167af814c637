package natsbus

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

const partitions = brokerbus.Partitions

// The headers of a message; its topic and group are in the subject. The server
// discards a second message with the same headerID, which is the ID and the topic.
//
// A message for one group has another header for its ID: it is a dead letter that is
// replayed, and must not be discarded if it is replayed again soon.
const (
	headerID       = jetstream.MsgIDHeader
	headerReplayID = "Id" // of a message for one group
	headerKey      = "Key"
	headerTime     = "Time"
)

// subjects makes and reads the subjects of the streams:
//
//	<stream>.m.<partition>.all.<topic>         for every group, in the partition's stream
//	<stream>.m.<partition>.to.<group>.<topic>  for one
//	<stream>.group.<group>.at.<partition>      its place, in the stream of the groups
//	<stream>.group.<group>.of.<topic>          since when it receives a topic
//	<stream>.alive.<member>                    heartbeats, in a stream in memory
type subjects string

func (s subjects) partition(p int) string           { return string(s) + ".m." + strconv.Itoa(p) + "." }
func (s subjects) groups() string                   { return string(s) + ".group." }
func (s subjects) place(group string, p int) string { return fmt.Sprint(s.groups(), group, ".at.", p) }
func (s subjects) start(group, topic string) string { return s.groups() + group + ".of." + topic }
func (s subjects) alive(member string) string       { return string(s) + ".alive." + member }

// parseStart reads what start returned.
func (s subjects) parseStart(subject string) (group, topic string) {
	group, topic, _ = strings.Cut(strings.TrimPrefix(subject, s.groups()), ".of.")
	return group, topic
}

func address(group, topic string) string {
	if group == "" {
		return "all." + topic
	}
	return "to." + group + "." + topic
}

// encode returns what is sent for a message.
func (s subjects) encode(m kit.Message, partition int) *nats.Msg {
	id := headerID
	if m.Group != "" {
		id = headerReplayID
	}
	values := []string{m.ID.String() + "/" + m.Topic, url.QueryEscape(m.Key), m.Time.UTC().Format(time.RFC3339Nano)} // a header is a line
	return &nats.Msg{Subject: s.partition(partition) + address(m.Group, m.Topic), Data: m.Payload, Header: nats.Header{
		id: values[0:1:1], headerKey: values[1:2:2], headerTime: values[2:3:3],
	}}
}

// decode reads what encode returned.
func (s subjects) decode(subject string, h nats.Header, data []byte) (m kit.Message, err error) {
	_, to, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(subject, string(s)), ".m."), ".")
	scope, rest, _ := strings.Cut(to, ".")
	var id string
	switch m.Topic = rest; scope {
	case "all":
		id = h.Get(headerID)
	case "to":
		m.Group, m.Topic, _ = strings.Cut(rest, ".")
		id = h.Get(headerReplayID)
	default:
		return m, fmt.Errorf("subject %s is not one of this bus", subject)
	}
	id, _, _ = strings.Cut(id, "/")
	if m.ID, err = kit.ParseUUID(id); err != nil {
		return m, err
	}
	if m.Key, err = url.QueryUnescape(h.Get(headerKey)); err != nil {
		return m, err
	}
	if m.Time, err = time.Parse(time.RFC3339Nano, h.Get(headerTime)); err != nil {
		return m, err
	}
	m.Time, m.Payload = m.Time.UTC(), data
	return m, nil
}
