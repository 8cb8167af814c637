package brokerbus_test

import (
	"maps"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// TestHandled shows that what the slowest group has handled is what may be removed, and
// nothing for a group that has come further than the log: what it handled was lost, and
// what has its positions now it has not handled.
func TestHandled(t *testing.T) {
	all := map[string]brokerbus.Starts{"mail": {"made": {}, "paid": {}}, "stock": {"made": {}}}
	places := map[string]brokerbus.Place{
		"mail":  {Log: "a", Read: map[string]uint64{"made": 20, "paid": 20}, Waiting: []uint64{12}},
		"stock": {Log: "a", Read: map[string]uint64{"made": 9}},
	}
	for _, c := range []struct {
		log  string
		last uint64
		want map[string]uint64
	}{
		{"a", 20, map[string]uint64{"made": 9, "paid": 11}},
		{"a", 15, map[string]uint64{"made": 0, "paid": 0}}, // of mail
		{"b", 20, map[string]uint64{"made": 0, "paid": 0}},
	} {
		got := brokerbus.Handled(all, c.log, 3, c.last, func(group string) brokerbus.Place { return places[group] })
		if !maps.Equal(got, c.want) {
			t.Errorf("log %s up to %d: %v, want %v", c.log, c.last, got, c.want)
		}
	}
}
