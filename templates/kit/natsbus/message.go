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

// partitions is into how many parts keys are divided. It can never change: a key
// would have messages in two.
const partitions = 16

func partitionOf(key string) int {
	h := uint32(2166136261) // FNV-1a, as package fnv has it, without what that allocates
	for i := range len(key) {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return int(h % partitions)
}

// The headers of a message. Its topic and group are in the subject, and its ID is
// the one by which the server knows it again.
//
// A message for one group has none of that: it is a dead letter that is played
// again, perhaps for the second time in a short while, and must not be taken for the
// first.
const (
	headerID    = jetstream.MsgIDHeader
	headerAgain = "Id" // of a message for one group
	headerKey   = "Key"
	headerTime  = "Time"
)

var groupName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// checkGroup refuses what cannot be the name of a consumer.
func checkGroup(group string) error {
	if !groupName.MatchString(group) {
		return kit.Errorf(kit.Invalid, "group %q: a group's name is 1 to 64 lower-case letters, digits, - and _", group)
	}
	return nil
}

// checkTopic refuses what cannot be the end of a subject.
func checkTopic(topic string) error {
	for token := range strings.SplitSeq(topic, ".") {
		if token == "" || strings.ContainsAny(token, "*>") || strings.ContainsFunc(token, notPrinted) {
			return kit.Errorf(kit.Invalid, "topic %q: a topic is words with dots between, without spaces, * and >", topic)
		}
	}
	return nil
}

func notPrinted(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// subjects makes and reads the subjects of a stream:
//
//	<stream>.m.<partition>.all.<topic>         for every group, in the partition's stream
//	<stream>.m.<partition>.to.<group>.<topic>  for one
//	<stream>.turn.<partition>                  the turns, in a stream of their own
//	<stream>.member.<group>                    who is there, in no stream
type subjects string

func (s subjects) partition(p int) string      { return string(s) + ".m." + strconv.Itoa(p) + "." }
func (s subjects) turns() string               { return string(s) + ".turn.*" }
func (s subjects) turn(p int) string           { return fmt.Sprintf("%s.turn.%d", s, p) }
func (s subjects) members(group string) string { return string(s) + ".member." + group }

func (s subjects) parseTurn(subject string) (p int, err error) {
	_, err = fmt.Sscanf(strings.TrimPrefix(subject, string(s)+".turn."), "%d", &p)
	if err == nil && (p < 0 || p >= partitions) {
		err = fmt.Errorf("there is no partition %d", p)
	}
	return p, err
}

func (s subjects) of(m kit.Message) string {
	return s.partition(partitionOf(m.Key)) + address(m.Group, m.Topic)
}

func address(group, topic string) string {
	if group == "" {
		return "all." + topic
	}
	return "to." + group + "." + topic
}

// encode makes what is sent of a message.
func (s subjects) encode(m kit.Message) (*nats.Msg, error) {
	if err := checkTopic(m.Topic); err != nil {
		return nil, err
	}
	id := headerID
	if m.Group != "" {
		if err := checkGroup(m.Group); err != nil {
			return nil, err
		}
		id = headerAgain
	}
	values := []string{m.ID.String(), url.QueryEscape(m.Key), m.Time.UTC().Format(time.RFC3339Nano)} // a header is a line
	return &nats.Msg{Subject: s.of(m), Data: m.Payload, Header: nats.Header{
		id: values[0:1:1], headerKey: values[1:2:2], headerTime: values[2:3:3],
	}}, nil
}

// decode reads what encode made.
func (s subjects) decode(subject string, h nats.Header, data []byte) (m kit.Message, err error) {
	_, to, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(subject, string(s)), ".m."), ".")
	scope, rest, _ := strings.Cut(to, ".")
	var id string
	switch m.Topic = rest; scope {
	case "all":
		id = h.Get(headerID)
	case "to":
		m.Group, m.Topic, _ = strings.Cut(rest, ".")
		id = h.Get(headerAgain)
	default:
		return m, fmt.Errorf("subject %s is none of this bus", subject)
	}
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
