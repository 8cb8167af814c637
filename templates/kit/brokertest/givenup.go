package brokertest

import (
	"strings"
	"testing"
)

// givenUp shows that a group that no version of a service has any more is named, by those
// who look and with how much is kept for it.
func givenUp(t *testing.T, b Broker) {
	c, j := b.settings(t), NewJournal()
	former := b.Open(t, c)
	for _, group := range []string{"g", "former"} {
		if err := Subscribe(t, former, group, nil)(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := former.Close(); err != nil {
		t.Fatal(err)
	}
	bus := b.Open(t, c)
	Subscribe(t, bus, "g", j.Handler("g", 0, 0))
	MustPublish(t, bus, Series(40, 0, 5)...)
	j.Check(t, 200)
	Eventually(t, "what is kept for the group is told", func() bool {
		all, _, err := bus.(observed).Backlog(t.Context()) //nolint:forcetypeassert // if it is none, the test fails
		if err != nil {
			t.Fatal(err)
		}
		return all["former"] == 200 && all["g"] == 0
	})
	for name, groups := range map[string][]string{"former (200 waiting)": {"g", "other"}, "g (0 waiting)": {"former"}, "": {"g", "former"}} {
		found, err := b.Look(t, c, groups)
		_, named, _ := strings.Cut(found, "given up (kit/docs/bus.md says how): ")
		if err != nil || named != name {
			t.Errorf("a service with %v: %q, %v; want %q to be named", groups, found, err, name)
		}
	}
	if found, err := b.Look(t, c, nil); err != nil || strings.Contains(found, "given up") {
		t.Errorf("a service whose groups are not known: %q, %v", found, err)
	}
}
