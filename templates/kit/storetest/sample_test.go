package storetest_test

import (
	"net/netip"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// none accepts no text at all.
type none struct{ text string }

func (n none) MarshalText() ([]byte, error) { return []byte(n.text), nil }

func (n *none) UnmarshalText([]byte) error { return kit.Errorf(kit.Invalid, "no") }

func TestSampleParsed(t *testing.T) {
	if a, b := storetest.SampleParsed[netip.Addr](1), storetest.SampleParsed[netip.Addr](2); a != netip.MustParseAddr("192.0.2.2") || a == b {
		t.Errorf("addresses %v and %v", a, b)
	}
	if p := storetest.SampleParsed[netip.Prefix](1); p != netip.MustParsePrefix("192.0.2.2/32") {
		t.Errorf("prefix %v", p)
	}
	// Its text is not its value: so that the suite sees it, it has to have one.
	if s := storetest.SampleParsed[kit.Secret](1); s.Reveal() == "" {
		t.Error("the secret is empty")
	}
	if n := storetest.SampleParsed[none](1); n != (none{}) {
		t.Errorf("%v was made of a text that it does not accept", n)
	}
}
