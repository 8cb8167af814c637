package kafkabus

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// TestUnknownMember shows that a member that the broker does not know any more accepts
// partitions only when its client has given them up: the client, which joins again at once,
// goes on fetching them, and asks where to begin for those alone that are new to it.
func TestUnknownMember(t *testing.T) {
	client, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m := &member{group: &group{Group: &brokerbus.Group{Name: "g"}, server: &server{config: Config{Topic: "t"}}}, client: client}
	m.claims() // it joins for the first time
	if got := m.accept(all()); len(got) != partitions {
		t.Fatalf("it accepts %v at first", got)
	}
	m.claims() // it joins again without an ID
	m.claims() // and once more, with the ID that it was given
	if got := m.accept(all()); len(got) != 0 {
		t.Errorf("it accepts %v, which its client goes on fetching", got)
	}
	m.revoked(t.Context(), client, map[string][]int32{m.events(): all()})
	if got := m.accept(all()); len(got) != partitions {
		t.Errorf("it accepts %v of what its client has given up", got)
	}
	m.claims()
	m.lost(t.Context(), client, nil)
	if got := m.accept(all()); len(got) != partitions {
		t.Errorf("it accepts %v of what its client has lost", got)
	}
}
