package brokerbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// owner owns a log as a member that handles topics, until it has handled all it can.
type owner struct {
	t     *testing.T
	fails map[string]bool // topics whose handlers fail
	place Place
	did   []string
}

// read has a member that handles topics read messages, which are topics, on from where the
// group is.
func (o *owner) read(log []string, topics ...string) {
	o.t.Helper()
	synctest.Test(o.t, func(t *testing.T) {
		var did []string
		g := newGroup(t.Context(), kit.Subscription{Group: "g", Topics: topics}, func(_ context.Context, m kit.Message) error {
			if o.fails[m.Topic] {
				return errors.New("on purpose")
			}
			did = append(did, string(m.Payload))
			return nil
		})
		l := g.OwnLog(t.Context(), func() bool { return true }, o.place, map[string]uint64{"a": 0, "b": 2, "c": 0})
		for i := l.Next(); i < uint64(len(log)); i++ {
			l.Receive(i+1, &kit.Message{Topic: log[i], Payload: []byte{'1' + byte(i)}})
		}
		synctest.Wait()
		l.Close()
		g.cutOff()
		o.place, o.did = l.Take(), did
	})
}

func (o *owner) mustHave(did string, read map[string]uint64, waiting ...uint64) {
	o.t.Helper()
	var all string
	for _, one := range o.did {
		all += one
	}
	if all != did || !maps.Equal(o.place.Read, read) || !slices.Equal(o.place.Waiting, waiting) {
		o.t.Errorf("messages %q were handled, and the place is %v; want %q, %v, %v", all, o.place, did, read, waiting)
	}
}

// TestLogOfVersions shows that each topic is read on from where it was read or left, that
// what failed is handled again, and that the place of a topic that nobody handles stays
// only before its first message.
func TestLogOfVersions(t *testing.T) {
	o := &owner{t: t, fails: map[string]bool{}}
	o.read([]string{"a", "b", "a"}, "a") // group g receives b from the third position on
	o.mustHave("13", map[string]uint64{"a": 3, "b": 3, "c": 3})
	log := []string{"a", "b", "a", "c", "a", "b", "c"}
	o.fails["a"] = true
	o.read(log, "a")
	o.mustHave("", map[string]uint64{"a": 7, "b": 5, "c": 3}, 5)
	o.fails["a"] = false
	o.read(log, "b", "c") // and nobody else does a
	o.mustHave("467", map[string]uint64{"a": 4, "b": 7, "c": 7})
	o.read(log, "a", "b", "c")
	o.mustHave("5", map[string]uint64{"a": 7, "b": 7, "c": 7})
}
