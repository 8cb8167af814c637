package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// place is how far a group has come in a partition, and which member may go on. It is
// kept as the latest message of a subject, which the server replaces only for who
// knows the one before.
type place struct {
	Owner  string    `json:"owner,omitempty"` // the member that handles the partition
	Stream time.Time `json:"stream"`          // when the stream was made; of another one, nothing was read
	brokerbus.Place

	sequence uint64 // of the message; 0 if there is none yet
}

// start is where a group begins with a topic in a partition.
type start struct {
	Stream   time.Time `json:"stream"`
	Sequence uint64    `json:"sequence"`
}

// starts are those of a topic, in all partitions.
type starts [partitions]start

// in returns where to begin in a stream. One that was made since has only what is new
// to the group, so it begins with the first message.
func (s start) in(stream time.Time) uint64 {
	if s.Stream.Equal(stream) {
		return s.Sequence
	}
	return 0
}

// in returns the place in a stream that was made at a time. In another one than that
// of the place, nothing was read.
func (p place) in(created time.Time) place {
	if !p.Stream.Equal(created) {
		p.Stream, p.Place = created, brokerbus.Place{Read: map[string]uint64{}}
	}
	return p
}

// ahead reports whether messages were read that the stream does not have any more.
func (p place) ahead(of jetstream.StreamState) bool {
	for _, read := range p.Read {
		if read > of.LastSeq {
			return true
		}
	}
	return false
}

// place returns where a group is in a partition.
func (b *server) place(ctx context.Context, group string, partition int) (p place, err error) {
	p.sequence, err = b.latest(ctx, b.subjects.place(group, partition), &p)
	return p, err
}

// latest reads the latest message of a subject, and returns its sequence: 0 if there
// is none.
func (b *server) latest(ctx context.Context, subject string, into any) (sequence uint64, err error) {
	m, err := b.known.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return m.Sequence, json.Unmarshal(m.Data, into)
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

// enroll makes known that a group receives a topic from now on, unless it is known,
// and returns where it begins.
func (b *server) enroll(ctx context.Context, group, topic string) (from starts, err error) {
	subject := b.subjects.start(group, topic)
	sequence, err := b.latest(ctx, subject, &from)
	if err != nil || sequence > 0 {
		return from, err
	}
	state, err := b.makeStreams(ctx)
	if err != nil {
		return from, err
	}
	for p, stream := range state.partitions {
		from[p] = start{Stream: stream.Created}
		if !state.forgot(p) {
			from[p].Sequence = stream.State.LastSeq
		}
	}
	if _, err = b.replace(ctx, subject, 0, from); replaced(err) { // by another member, just now
		_, err = b.latest(ctx, subject, &from)
	}
	return from, err
}
