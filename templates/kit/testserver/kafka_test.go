package testserver

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func init() { starters = append(starters, StartKafka) }

func TestKafkaIsShared(t *testing.T) {
	first, second := Kafka(t), Kafka(t)
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	if err := clientOf(t, first).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKafkaServerKeepsWhatItAcknowledged(t *testing.T) {
	s := StartKafka(t)
	for i, end := range []func(){s.Kill, s.Stop} {
		record := &kgo.Record{Topic: "things", Value: []byte{byte(i)}}
		if err := clientOf(t, s.URL(), kgo.AllowAutoTopicCreation()).ProduceSync(t.Context(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
		end()
		s.Start()
		reader := clientOf(t, s.URL(), kgo.ConsumeTopics("things"))
		var kept []*kgo.Record
		for len(kept) <= i && t.Context().Err() == nil {
			kept = append(kept, reader.PollFetches(t.Context()).Records()...)
		}
		if last := kept[len(kept)-1]; last.Value[0] != byte(i) {
			t.Errorf("after start %d: %d records, the last is %v", i+1, len(kept), last.Value)
		}
	}
}

func clientOf(t *testing.T, address string, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(options, kgo.SeedBrokers(address))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
