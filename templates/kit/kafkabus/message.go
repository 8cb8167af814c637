package kafkabus

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

const partitions = brokerbus.Partitions

// The headers of a message. Its key is the record's, and the record's timestamp is when it
// was published, from which its age is counted.
const (
	headerID    = "id"
	headerTopic = "topic"
	headerTime  = "time"
	headerGroup = "group" // of a message for one group
)

// encode returns the record of a message.
func encode(m kit.Message, topic string, partition int) *kgo.Record {
	headers := make([]kgo.RecordHeader, 3, 4)
	headers[0] = kgo.RecordHeader{Key: headerID, Value: []byte(m.ID.String())}
	headers[1] = kgo.RecordHeader{Key: headerTopic, Value: []byte(m.Topic)}
	headers[2] = kgo.RecordHeader{Key: headerTime, Value: m.Time.UTC().AppendFormat(nil, time.RFC3339Nano)}
	if m.Group != "" {
		headers = append(headers, kgo.RecordHeader{Key: headerGroup, Value: []byte(m.Group)})
	}
	return &kgo.Record{Topic: topic, Partition: int32(partition), Key: []byte(m.Key), Value: m.Payload, Headers: headers}
}

// decode reads what encode returned. It returns an error for a record that was not
// published by a bus.
func decode(r *kgo.Record) (m kit.Message, err error) {
	m.Key, m.Payload = string(r.Key), r.Value
	var when time.Time
	for _, h := range r.Headers {
		switch h.Key {
		case headerID:
			m.ID, err = kit.ParseUUID(string(h.Value))
		case headerTopic:
			m.Topic = string(h.Value)
		case headerTime:
			when, err = time.Parse(time.RFC3339Nano, string(h.Value))
		case headerGroup:
			m.Group = string(h.Value)
		}
		if err != nil {
			return m, err
		}
	}
	if m.Topic == "" || m.ID == (kit.UUID{}) {
		return m, errForeign
	}
	m.Time = when.UTC()
	return m, nil
}

var errForeign = errors.New("it is not a message of a bus")
