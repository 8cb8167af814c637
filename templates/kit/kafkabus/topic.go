package kafkabus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

func (c Config) events() string           { return c.Topic + ".events" }
func (c Config) known() string            { return c.Topic + ".groups" }
func (c Config) group(name string) string { return c.Topic + "." + name }

// state is what the brokers have of the bus.
type state struct {
	events kadm.TopicID
	made   made
	first  [partitions]int64 // offset that the events begin with
	next   [partitions]int64 // offset that the next event will have
}

// forgot reports whether the groups were lost after the topic of the events was made:
// which there are is not known then, and what they have not handled must be kept for them.
func (s *state) forgot() bool { return s.made.Found == s.events.String() }

const forever = "-1"

// wanted returns how a topic must be configured.
func (c Config) wanted(topic string) map[string]string {
	must := map[string]string{"cleanup.policy": "delete", "retention.ms": forever, "retention.bytes": forever}
	if topic == c.events() && c.MaxAge > 0 {
		must["retention.ms"] = fmt.Sprint(c.MaxAge.Milliseconds())
	}
	if c.Replicas > 2 { // one may be away
		must["min.insync.replicas"] = fmt.Sprint(c.Replicas/2 + 1)
	}
	return must
}

// suffices reports whether a value keeps as much as another one.
func suffices(key, have, must string) bool {
	switch key {
	case "retention.ms", "retention.bytes":
		return have == forever || must != forever && number(have, 0) >= number(must, 0)
	case "min.insync.replicas":
		return number(have, 0) >= number(must, 0)
	default:
		return have == must
	}
}

// errMissing is why a bus that only looks finds no topics.
var errMissing = errors.New("the topics are created when the service starts")

// makeTopics makes the topics, or has them be as they must, unless the bus only looks.
// What the brokers do not know of each other yet is tried again.
func (b *server) makeTopics(ctx context.Context) (s *state, err error) {
	for {
		if s, err = b.tryTopics(ctx); !kerr.IsRetriable(err) || retry.Pause(ctx, 100*time.Millisecond) != nil {
			return s, err
		}
	}
}

func (b *server) tryTopics(ctx context.Context) (*state, error) {
	known, events := b.config.known(), b.config.events()
	meta, err := b.admin.Metadata(ctx, known, events)
	if err == nil {
		brokers := len(meta.Brokers)
		err = cmp.Or(b.config.fits(meta.Topics[known], 1, brokers), b.config.fits(meta.Topics[events], partitions, brokers))
	}
	if err != nil {
		return nil, err
	}
	s := &state{}
	if _, err = b.makeTopic(ctx, meta.Topics[known], 1); err == nil { // before there are events
		s.made, err = b.claimTopics(ctx, meta.Topics[events])
	}
	if err == nil {
		s.events, err = b.makeTopic(ctx, meta.Topics[events], partitions)
	}
	if err == nil {
		err = b.mend(ctx)
	}
	if err == nil {
		err = b.offsets(ctx, s)
	}
	return s, err
}

// claimTopics writes down whose the topics are, and returns an error if they are another
// service's.
func (b *server) claimTopics(ctx context.Context, events kadm.TopicDetail) (made, error) {
	known, err := b.readGroups(ctx)
	if err == nil && known.made.Service == "" {
		if b.looks {
			return known.made, errMissing
		}
		mine := made{Service: b.service, Time: time.Now().UTC()}
		if events.Err == nil {
			mine.Found = events.ID.String()
		}
		if err = b.writeGroups(ctx, keyMade, mine); err == nil {
			known, err = b.readGroups(ctx)
		}
	}
	if err == nil && known.made.Service != b.service {
		err = brokerbus.Refuse("topic", "the topics %s.… exist and are not those of the service %s: they are of %q; name others", b.config.Topic, b.service, known.made.Service)
	}
	return known.made, err
}

// makeTopic makes a topic, unless there is one.
func (b *server) makeTopic(ctx context.Context, have kadm.TopicDetail, count int) (kadm.TopicID, error) {
	switch {
	case have.Err == nil:
		return have.ID, nil
	case b.looks:
		return have.ID, errMissing
	}
	configs := map[string]*string{}
	for key, value := range b.config.wanted(have.Topic) {
		configs[key] = &value
	}
	made, err := b.admin.CreateTopic(ctx, int32(count), int16(b.config.Replicas), configs, have.Topic)
	if errors.Is(err, kerr.TopicAlreadyExists) { // another process made it just now
		err = kerr.UnknownTopicOrPartition // it is looked at again
	}
	return made.ID, err
}

// fits returns an error for a topic that can never serve, or cannot be made by so many brokers.
// For one that is there, some may be away.
func (c Config) fits(have kadm.TopicDetail, count, brokers int) error {
	switch missing := errors.Is(have.Err, kerr.UnknownTopicOrPartition); {
	case missing && brokers < c.Replicas:
		return brokerbus.Refuse("replicas", "Kafka at %s has too few brokers to keep %d replicas: %d", c.Brokers, c.Replicas, brokers)
	case missing:
		return nil
	}
	if n := len(have.Partitions); have.Err == nil && n != count {
		return brokerbus.Refuse("topic", "topic %s exists with %d partitions: %d are needed; name another", have.Topic, n, count)
	}
	for _, p := range have.Partitions {
		if n := len(p.Replicas); n < c.Replicas {
			return brokerbus.Refuse("replicas", "topic %s exists with %d replicas: %d are needed; add some with kafka-reassign-partitions", have.Topic, n, c.Replicas)
		}
	}
	return have.Err
}

// values returns the configuration of a topic or a broker.
func values(of kadm.ResourceConfig) map[string]string {
	have := map[string]string{}
	for _, entry := range of.Configs {
		have[entry.Key] = entry.MaybeValue()
	}
	return have
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// mend changes the configuration of topics that could lose messages, or keep too little,
// and notes how large a message may be.
func (b *server) mend(ctx context.Context) error {
	described, err := b.admin.DescribeTopicConfigs(ctx, b.config.known(), b.config.events())
	for _, topic := range described {
		have := values(topic)
		if topic.Name == b.config.events() {
			b.batch.Store(int64(number(have["max.message.bytes"], int(b.batch.Load()))))
		}
		if err = cmp.Or(err, topic.Err); err == nil && !b.looks {
			err = b.mendTopic(ctx, topic.Name, have)
		}
	}
	return err
}

func (b *server) mendTopic(ctx context.Context, topic string, have map[string]string) error {
	var changes []kadm.AlterConfig
	var differences []string
	must := b.config.wanted(topic)
	for _, key := range slices.Sorted(maps.Keys(must)) {
		if value := must[key]; !suffices(key, have[key], value) {
			changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: &value})
			differences = append(differences, fmt.Sprintf("%s is %s and must be %s", key, have[key], value))
		}
	}
	if len(changes) == 0 {
		return nil
	}
	changed, err := b.admin.AlterTopicConfigs(ctx, changes, topic)
	for _, c := range changed {
		err = cmp.Or(err, c.Err)
	}
	if _, ok := errors.AsType[*kerr.Error](err); ok && !kerr.IsRetriable(err) {
		return brokerbus.Refuse("topic", "topic %s cannot be used, and the brokers do not change it (%v): %s; change it, or name another",
			topic, err, strings.Join(differences, ", "))
	}
	return err
}

// offsets notes where the events begin and end.
func (b *server) offsets(ctx context.Context, s *state) error {
	events := b.config.events()
	first, err := b.admin.ListStartOffsets(ctx, events)
	if err != nil {
		return err
	}
	next, err := b.admin.ListEndOffsets(ctx, events)
	if err = cmp.Or(err, first.Error(), next.Error()); err != nil {
		return err
	}
	for p := range s.first {
		from, _ := first.Lookup(events, int32(p))
		to, ok := next.Lookup(events, int32(p))
		if !ok {
			return kerr.UnknownTopicOrPartition
		}
		s.first[p], s.next[p] = from.Offset, to.Offset
	}
	return nil
}
