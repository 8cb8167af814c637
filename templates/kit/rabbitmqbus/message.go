package rabbitmqbus

import (
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// names are those of what the bus has on the server:
//
//	<exchange>                               where messages are published
//	<exchange>.<group>.<partition>           the queue where those for a group go
//	<exchange>.<group>.<partition>.<topic>   that of a topic that no member handles
//	<exchange>.service                       whose exchange it is
//	<exchange>.groups                        which groups there are; .groups.2 and so on if that came to nothing
//
// Routing keys are <partition>.all.<topic>, <partition>.to.<group>.<topic>, and, for what
// is parked, <partition>.parked.<group>, of the marker, and <partition>.parked.<group>.<topic>.
type names string

func (n names) owner() string { return string(n) + ".service" }

// record returns the name of the nth stream in which groups are recorded.
func (n names) record(nth int) string {
	if nth == 0 {
		return string(n) + ".groups"
	}
	return fmt.Sprint(string(n), ".groups.", nth+1)
}

func (n names) queue(group string, p int) string { return string(n) + "." + group + "." + digits[p] }
func (n names) parked(group string, p int, topic string) string {
	return n.queue(group, p) + "." + topic
}

func keyToAll(p int, topic string) string         { return digits[p] + ".all." + topic }
func keyToOne(p int, group, topic string) string  { return digits[p] + ".to." + group + "." + topic }
func keyOfMarker(p int, group string) string      { return digits[p] + ".parked." + group }
func keyParked(p int, group, topic string) string { return keyOfMarker(p, group) + "." + topic }

const keyOfRecord = "groups"

// digits are the partitions in routing keys.
var digits = func() (all [brokerbus.Partitions]string) {
	for p := range all {
		all[p] = fmt.Sprintf("%02d", p)
	}
	return all
}()

// longestName is how many bytes a name may have.
const longestName = 255

// route returns the routing key of a message.
func route(m kit.Message, partition int) string {
	if m.Group != "" {
		return keyToOne(partition, m.Group, m.Topic)
	}
	return keyToAll(partition, m.Topic)
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
