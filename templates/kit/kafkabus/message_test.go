package kafkabus

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// TestMessagesSurvive shows that a message is read as it was written, whatever is in its
// key, and that one of something else is refused.
func TestMessagesSurvive(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for _, m := range []kit.Message{
		{ID: kit.NewUUID(), Topic: "order.created", Key: "k", Time: now, Payload: []byte("{}")},
		{ID: kit.NewUUID(), Topic: "to.all", Key: "ключ\r\n /?", Group: "mail", Time: now},
		{ID: kit.NewUUID(), Topic: "m", Time: now},
	} {
		got, err := decode(encode(m, "t", 3))
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v was read as %+v, %v", m, got, err)
		}
	}
	for _, r := range []*kgo.Record{
		{Value: []byte("x")},
		{Headers: []kgo.RecordHeader{{Key: headerTopic, Value: []byte("a")}, {Key: headerID, Value: []byte("1")}}},
	} {
		if _, err := decode(r); err == nil {
			t.Errorf("%+v was read", r)
		}
	}
}

// TestPlacesSurvive shows that a place is read as it was written, and that one that is too
// large for the brokers loses nothing that waits.
func TestPlacesSurvive(t *testing.T) {
	topic := kadm.TopicID{1, 2, 3}
	var waiting []uint64
	for position := uint64(1 << 40); len(waiting) < 2*brokerbus.Prefetch; position += rand.Uint64N(300) + 1 {
		waiting = append(waiting, position)
	}
	at := brokerbus.Place{Log: topic.String(), Read: map[string]uint64{"order.created": 1 << 41, "order.paid": 7}, Waiting: waiting}
	text := encodePlace(at, 4096)
	if got := decodePlace(text); len(text) > 4096 || !reflect.DeepEqual(got, at) {
		t.Errorf("%+v was read as %+v, of %d bytes", at, got, len(text))
	}
	if offset := offsetOf(at); offset != 7 {
		t.Errorf("the group is at offset %d, want 7", offset)
	}
	short := encodePlace(at, 200)
	got := decodePlace(short)
	if want := map[string]uint64{"order.created": slices.Min(waiting) - 1, "order.paid": 7}; len(short) > 200 || !reflect.DeepEqual(got.Read, want) || len(got.Waiting) > 0 {
		t.Errorf("%+v was shortened to %+v", at, got)
	}
	for _, bad := range []string{"", "{}", "x", strings.Replace(text, `"waiting":[`, `"waiting":["x",`, 1)} {
		if got := decodePlace(bad); got.Log != "" || len(got.Read) > 0 {
			t.Errorf("%.50q was read as %+v", bad, got)
		}
	}
}
