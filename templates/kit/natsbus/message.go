package natsbus

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// partitions is the number of partitions that keys are divided into. It must never
// change: a key would have messages in two of them.
const partitions = 16

func partitionOf(key string) int {
	h := uint32(2166136261) // FNV-1a, which allocates in package fnv
	for i := range len(key) {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return int(h % partitions)
}

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

var groupName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// checkGroup returns an error for a group that cannot be part of a consumer's name.
func checkGroup(group string) error {
	if !groupName.MatchString(group) {
		return kit.Errorf(kit.Invalid, "group %q: a group's name is 1 to 64 lower-case letters, digits, - and _", group)
	}
	return nil
}

// checkTopic returns an error for a topic that cannot be part of a subject.
func checkTopic(topic string) error {
	for token := range strings.SplitSeq(topic, ".") {
		if token == "" || strings.ContainsAny(token, "*>") || strings.ContainsFunc(token, notPrinted) {
			return kit.Errorf(kit.Invalid, "topic %q: a topic is words separated by dots, without spaces, * and >", topic)
		}
	}
	return nil
}

func notPrinted(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// subjects makes and reads the subjects of the streams:
//
//	<stream>.m.<partition>.all.<topic>         for every group, in the partition's stream
//	<stream>.m.<partition>.to.<group>.<topic>  for one
//	<stream>.group.<group>.at.<partition>      its place, in the stream of the groups
//	<stream>.group.<group>.of.<topic>          since when it receives a topic
//	<stream>.alive.<member>                    claims, in a stream in memory
//	<stream>.member.<group>                    heartbeats of members, in no stream
type subjects string

func (s subjects) partition(p int) string           { return string(s) + ".m." + strconv.Itoa(p) + "." }
func (s subjects) groups() string                   { return string(s) + ".group." }
func (s subjects) place(group string, p int) string { return fmt.Sprint(s.groups(), group, ".at.", p) }
func (s subjects) start(group, topic string) string { return s.groups() + group + ".of." + topic }
func (s subjects) alive(member string) string       { return string(s) + ".alive." + member }
func (s subjects) members(group string) string      { return string(s) + ".member." + group }

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

// encode returns what is sent for a message, whose payload may have so many bytes.
func (s subjects) encode(m kit.Message, largest int) (*nats.Msg, error) {
	if len(m.Payload) > largest {
		return nil, kit.Errorf(kit.Invalid, "a message of %d bytes is too large: NATS is configured for %d (max_payload)", len(m.Payload), largest)
	}
	if err := checkTopic(m.Topic); err != nil {
		return nil, err
	}
	id := headerID
	if m.Group != "" {
		if err := checkGroup(m.Group); err != nil {
			return nil, err
		}
		id = headerReplayID
	}
	values := []string{m.ID.String() + "/" + m.Topic, url.QueryEscape(m.Key), m.Time.UTC().Format(time.RFC3339Nano)} // a header is a line
	subject := s.partition(partitionOf(m.Key)) + address(m.Group, m.Topic)
	return &nats.Msg{Subject: subject, Data: m.Payload, Header: nats.Header{
		id: values[0:1:1], headerKey: values[1:2:2], headerTime: values[2:3:3],
	}}, nil
}

// keyOf returns what stands for the key of a message that encode returned.
func keyOf(m *nats.Msg) string { return m.Header.Get(headerKey) }

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
