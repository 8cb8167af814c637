package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// place is how far a group has come in a partition, and which member may go on. It is
// kept as the latest message of a subject, which the server replaces only for who
// knows the one before.
type place struct {
	Owner string `json:"owner,omitempty"` // the member that handles the partition
	brokerbus.Place

	sequence uint64 // of the message; 0 if there is none yet
}

// place returns where a group is in a partition.
func (b *server) place(ctx context.Context, group string, partition int) (p place, err error) {
	m, err := b.known.GetLastMsgForSubject(ctx, b.subjects.place(group, partition))
	switch {
	case err == nil:
		p.sequence = m.Sequence
		err = json.Unmarshal(m.Data, &p)
	case errors.Is(err, jetstream.ErrMsgNotFound):
		err = nil
	}
	return p, err
}

// replace replaces the latest message of a subject, which must have the sequence. It
// returns that of the new one.
func (b *server) replace(ctx context.Context, subject string, sequence uint64, with any) (uint64, error) {
	data, err := json.Marshal(with)
	if err != nil {
		return 0, err
	}
	ack, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, jetstream.WithExpectLastSequencePerSubject(sequence))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// replaced reports whether an error says that another message was the latest one.
func replaced(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// logOf names what is in a stream: one that is made again has another time.
func logOf(s *jetstream.StreamInfo) string { return s.Created.Format(time.RFC3339Nano) }

// Ends returns where the streams of the partitions end: see brokerbus.Recorder.
func (b *server) Ends(ctx context.Context) (ends brokerbus.Start, err error) {
	s, err := b.makeStreams(ctx)
	if err != nil {
		return ends, err
	}
	for p, stream := range s.partitions {
		ends[p].Log = logOf(stream)
		if !s.forgot(p) {
			ends[p].Position = stream.State.LastSeq
		}
	}
	return ends, nil
}

// Add records where a group begins with a topic, unless that is recorded.
func (b *server) Add(ctx context.Context, group, topic string, start brokerbus.Start) error {
	if _, err := b.replace(ctx, b.subjects.start(group, topic), 0, start); !replaced(err) {
		return err
	}
	return nil
}

// Starts returns where the groups begin, by name and topic.
func (b *server) Starts(ctx context.Context) (map[string]brokerbus.Starts, error) {
	name := b.groupsConfig().Name
	c, err := b.js.CreateConsumer(ctx, name, reader(jetstream.ConsumerConfig{FilterSubject: b.subjects.start("*", ">")}))
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.js.DeleteConsumer(ctx, name, c.CachedInfo().Name) }() // if that fails, the server does it
	all, pending := map[string]brokerbus.Starts{}, c.CachedInfo().NumPending
	if pending == 0 {
		return all, nil
	}
	batch, err := c.Fetch(int(pending), jetstream.FetchContext(ctx))
	if err != nil {
		return nil, err
	}
	for m := range batch.Messages() {
		group, topic := b.subjects.parseStart(m.Subject())
		var start brokerbus.Start
		if err := json.Unmarshal(m.Data(), &start); err != nil {
			return nil, err
		}
		if all[group] == nil {
			all[group] = brokerbus.Starts{}
		}
		all[group][topic] = start
		pending--
	}
	if pending > 0 {
		return nil, fmt.Errorf("%d groups did not answer", pending)
	}
	return all, batch.Error()
}
