package natsbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// state is what the server has of the bus.
type state struct {
	groups     jetstream.Stream
	claims     jetstream.Stream
	since      time.Time // when it was first known which groups there are
	partitions [partitions]*jetstream.StreamInfo
}

// forgot reports whether the groups were lost after a partition was made: which
// there are is not known then, and what they have not handled must be kept for them.
func (s *state) forgot(p int) bool { return s.since.After(s.partitions[p].Created) }

// streamConfig configures the stream of a partition.
func (b *server) streamConfig(p int) jetstream.StreamConfig {
	return b.common(jetstream.StreamConfig{
		Name: b.config.stream(p), Subjects: []string{b.subjects.partition(p) + ">"},
		MaxAge: b.config.MaxAge, MaxMsgsPerSubject: -1,
	})
}

// groupsConfig configures the stream of the groups.
func (b *server) groupsConfig() jetstream.StreamConfig {
	return b.common(jetstream.StreamConfig{
		Name: b.config.Stream + "_groups", Subjects: []string{b.subjects.groups() + ">"}, MaxMsgsPerSubject: 1,
	})
}

// claimsConfig configures the stream of the claims. It is in memory: one that is lost
// expires, and is made again.
func (b *server) claimsConfig() jetstream.StreamConfig {
	c := b.common(jetstream.StreamConfig{
		Name: b.config.Stream + "_claims", Subjects: []string{b.subjects.alive("*")}, MaxMsgsPerSubject: 1,
		MaxAge: max(time.Hour, 2*b.config.Lease),
	})
	c.Storage = jetstream.MemoryStorage
	return c
}

// common completes the configuration of a stream. Messages are kept until they are
// removed: a server that is stopped discards messages that it confirmed, if it is to
// remove them itself when every consumer has acknowledged them (interest retention).
func (b *server) common(c jetstream.StreamConfig) jetstream.StreamConfig {
	c.Description = "events of " + b.service
	c.Retention, c.Storage, c.Discard = jetstream.LimitsPolicy, jetstream.FileStorage, jetstream.DiscardNew
	c.MaxMsgs, c.MaxMsgSize = -1, -1
	c.Duplicates, c.Replicas = b.config.duplicates(), b.config.Replicas
	if c.MaxMsgsPerSubject == 1 {
		c.Discard = jetstream.DiscardOld // of a subject, all but the latest
	}
	return c
}

// stream names the stream of a partition.
func (c Config) stream(p int) string { return fmt.Sprintf("%s_%02d", c.Stream, p) }

// each calls do for all partitions concurrently, since a server takes a while for
// each. It returns the first error.
func each(do func(p int) error) error {
	var errs [partitions]error
	var all sync.WaitGroup
	for p := range errs {
		all.Go(func() { errs[p] = do(p) })
	}
	all.Wait()
	return cmp.Or(errs[:]...)
}

// makeStreams makes the streams, or has them be as they must.
func (b *server) makeStreams(ctx context.Context) (*state, error) {
	s := &state{}
	var err error
	if s.claims, err = b.makeStream(ctx, b.claimsConfig()); err != nil {
		return nil, err
	}
	if s.groups, err = b.makeStream(ctx, b.groupsConfig()); err != nil {
		return nil, err
	}
	if s.groups.CachedInfo().State.Msgs == 0 { // the first message tells since when groups are known
		if _, err = b.replace(ctx, b.subjects.groups()+"made", 0, true); err != nil && !replaced(err) {
			return nil, err
		}
		if _, err = s.groups.Info(ctx); err != nil {
			return nil, err
		}
	}
	s.since = s.groups.CachedInfo().State.FirstTime
	return s, each(func(p int) error {
		stream, err := b.makeStream(ctx, b.streamConfig(p))
		if err == nil {
			s.partitions[p] = stream.CachedInfo()
		}
		return err
	})
}

// makeStream makes a stream. One that exists is changed, if it could lose messages,
// or keeps too little.
func (b *server) makeStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = b.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // by another process, just now
			s, err = b.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	have := s.CachedInfo().Config
	if err := suits(have, want); err != nil {
		return nil, err
	}
	mended := mend(have, want)
	if reflect.DeepEqual(mended, have) {
		return s, nil
	}
	s, err = b.js.UpdateStream(ctx, mended)
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.Code != unavailable {
		return nil, brokerbus.Refuse("stream", "stream %s cannot be used, and the server does not change it: %s; change it, or name another: %v",
			want.Name, differences(have, mended), err)
	}
	return s, err
}

// unavailable is the code of an error that may not last.
const unavailable = 503

// differences says what in a configuration is not as it must be.
func differences(have, must jetstream.StreamConfig) string {
	var all []string
	a, b := reflect.ValueOf(have), reflect.ValueOf(must)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			all = append(all, fmt.Sprintf("%s is %v and must be %v", a.Type().Field(i).Name, x, y))
		}
	}
	return strings.Join(all, ", ")
}

// suits returns an error for a stream that is another's, or can never serve.
func suits(have, want jetstream.StreamConfig) error {
	switch {
	case have.Description != want.Description && (have.Description != "" || !slices.Equal(have.Subjects, want.Subjects)):
		return brokerbus.Refuse("stream", "stream %s exists and is not that of the %s (its description: %q); name another",
			want.Name, want.Description, have.Description)
	case have.Storage != want.Storage:
		return brokerbus.Refuse("stream", "stream %s exists with %v storage: %v is needed; name another", want.Name, have.Storage, want.Storage)
	case have.Sealed || have.DenyPurge:
		return brokerbus.Refuse("stream", "stream %s is sealed or denies to be purged; remove it, or name another", want.Name)
	default:
		return nil
	}
}

// mend returns have with all that want has more of, and nothing that loses messages.
func mend(have, want jetstream.StreamConfig) jetstream.StreamConfig {
	mended := have
	for _, subject := range want.Subjects {
		if !slices.Contains(have.Subjects, subject) {
			mended.Subjects = append(slices.Clone(mended.Subjects), subject)
		}
	}
	mended.Description, mended.Retention, mended.Discard = want.Description, want.Retention, want.Discard
	mended.MaxMsgs, mended.MaxMsgsPerSubject, mended.MaxMsgSize = want.MaxMsgs, want.MaxMsgsPerSubject, want.MaxMsgSize
	mended.NoAck, mended.DiscardNewPerSubject = false, false
	mended.Replicas = max(have.Replicas, want.Replicas)
	mended.Duplicates = max(have.Duplicates, want.Duplicates)
	if want.MaxAge == 0 || have.MaxAge != 0 && want.MaxAge > have.MaxAge { // 0 is forever
		mended.MaxAge = want.MaxAge
	}
	return mended
}

// reader completes the configuration of a consumer that only reads. The server keeps
// nothing of it, and removes it when it was not used for a while.
func reader(c jetstream.ConsumerConfig) jetstream.ConsumerConfig {
	c.AckPolicy, c.MemoryStorage, c.Replicas, c.InactiveThreshold = jetstream.AckNonePolicy, true, 1, time.Minute
	return c
}
