package rabbitmqbus

import (
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// names are those of what the bus has on the server:
//
//	<exchange>                               where messages are published
//	<exchange>.<group>                       where those for a group go
//	<exchange>.<group>.<partition>           from there, by partition
//	<exchange>.<group>.<partition>.<topic>   those of a topic that no member handles
//	<exchange>.service                       whose exchange it is
//
// Routing keys are <partition>.all.<topic>, and <partition>.to.<group>.<topic>.
type names string

func (n names) owner() string                    { return string(n) + ".service" }
func (n names) group(group string) string        { return string(n) + "." + group }
func (n names) queue(group string, p int) string { return fmt.Sprintf("%s.%s.%02d", n, group, p) }
func (n names) parked(group string, p int, topic string) string {
	return n.queue(group, p) + "." + topic
}

func toAll(topic string) string        { return "all." + topic }
func toOne(group, topic string) string { return "to." + group + "." + topic }

// longestName is how many bytes a name may have.
const longestName = 255

// route returns the routing key of a message.
func route(m kit.Message, partition int) string {
	to := toAll(m.Topic)
	if m.Group != "" {
		to = toOne(m.Group, m.Topic)
	}
	return fmt.Sprintf("%02d.%s", partition, to)
}

// The headers of a message, beside its properties.
const (
	headerKey   = "key"
	headerGroup = "group"
	headerTime  = "time" // in nanoseconds since 1970: the property has seconds
)

// encode returns what is sent for a message.
func encode(m kit.Message) amqp.Publishing {
	headers := amqp.Table{headerKey: m.Key, headerTime: m.Time.UnixNano()}
	if m.Group != "" {
		headers[headerGroup] = m.Group
	}
	return amqp.Publishing{
		MessageId: m.ID.String(), Type: m.Topic, Timestamp: m.Time, Headers: headers,
		DeliveryMode: amqp.Persistent, Body: m.Payload,
	}
}

// decode reads what encode returned.
func decode(d amqp.Delivery) (m kit.Message, err error) {
	if m.ID, err = kit.ParseUUID(d.MessageId); err != nil {
		return m, err
	}
	nanoseconds, ok := d.Headers[headerTime].(int64)
	if !ok || d.Type == "" {
		return m, errors.New("the message is not one of this bus")
	}
	m.Key, _ = d.Headers[headerKey].(string)
	m.Group, _ = d.Headers[headerGroup].(string)
	m.Topic, m.Time, m.Payload = d.Type, time.Unix(0, nanoseconds).UTC(), d.Body
	return m, nil
}
