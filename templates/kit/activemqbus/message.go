package activemqbus

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

const partitions = brokerbus.Partitions

// names makes the names of what the bus has on the broker.
type names string

func (n names) topic(p int) string { return fmt.Sprintf("topic://VirtualTopic.%s.%02d", string(n), p) }
func (n names) records() string    { return "queue://" + string(n) + ".groups" }
func (n names) members() string    { return "topic://" + string(n) + ".members" }

// queue is that of a group for a partition.
func (n names) queue(group string, p int) string {
	return fmt.Sprintf("queue://Consumer.%s.VirtualTopic.%s.%02d", group, string(n), p)
}

// later is the queue of what is parked of a topic. A name may not have all characters
// that a topic may.
func (n names) later(group string, p int, topic string) string {
	return fmt.Sprintf("queue://%s.later.%s.%02d.%s", string(n), group, p, url.QueryEscape(topic))
}

// queues are those of all groups, and allLater those of all that is parked.
func (n names) queues() string   { return "queue://Consumer.*.VirtualTopic." + string(n) + ".*" }
func (n names) allLater() string { return "queue://" + string(n) + ".later.>" }

// groupOf returns the group that a queue is of.
func (n names) groupOf(queue string) string {
	words := strings.Split(strings.TrimPrefix(strings.TrimPrefix(queue, "queue://"), string(n)+".later."), ".")
	if words[0] == "Consumer" && len(words) > 1 {
		return words[1]
	}
	return words[0]
}

// exclusive has the broker deliver a queue to one consumer, the first that came, and to
// the next one when that has gone.
const exclusive = "?consumer.exclusive=true"

// The properties of a message.
const (
	propertyID    = "id"
	propertyTopic = "topic"
	propertyKey   = "key"
	propertyGroup = "group"
	propertyTime  = "time"
	propertyOrder = "order"  // of a message that is parked
	propertyMark  = "marker" // of what is none: see newMarker
)

func newMessage(payload []byte, properties map[string]any) *amqp.Message {
	m := amqp.NewMessage(payload)
	m.Header = &amqp.MessageHeader{Durable: true}
	m.ApplicationProperties = properties
	return m
}

// newMarker returns a message by which its sender knows, when it receives it, that it
// has received everything that was in a queue before.
func newMarker(id string, lasts time.Duration) *amqp.Message {
	m := newMessage(nil, map[string]any{propertyMark: id})
	m.Header.TTL = lasts
	return m
}

// markerOf returns the ID of a marker, or "".
func markerOf(m *amqp.Message) string {
	id, _ := m.ApplicationProperties[propertyMark].(string)
	return id
}

// encode returns what is sent for a message. A key and a topic may have characters that
// AMQP does not allow.
func encode(m kit.Message) *amqp.Message {
	return newMessage(m.Payload, map[string]any{
		propertyID: m.ID.String(), propertyTopic: url.QueryEscape(m.Topic), propertyKey: url.QueryEscape(m.Key),
		propertyGroup: m.Group, propertyTime: m.Time.UTC().Format(time.RFC3339Nano),
	})
}

// decode reads what encode returned.
func decode(from *amqp.Message) (m kit.Message, err error) {
	text := func(name string) string {
		s, ok := from.ApplicationProperties[name].(string)
		if !ok && err == nil {
			err = errors.New("it has no " + name)
		}
		return s
	}
	id, topic, key, at := text(propertyID), text(propertyTopic), text(propertyKey), text(propertyTime)
	m.Group, m.Payload = text(propertyGroup), from.GetData()
	if err != nil {
		return m, err
	}
	if m.ID, err = kit.ParseUUID(id); err != nil {
		return m, err
	}
	if m.Topic, err = url.QueryUnescape(topic); err != nil {
		return m, err
	}
	if m.Key, err = url.QueryUnescape(key); err != nil {
		return m, err
	}
	m.Time, err = time.Parse(time.RFC3339Nano, at)
	m.Time = m.Time.UTC()
	return m, err
}
