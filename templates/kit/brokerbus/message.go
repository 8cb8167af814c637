package brokerbus

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Partitions is the number of partitions that keys are divided into. It must never
// change: a key would have messages in two of them.
const Partitions = 16

// PartitionOf returns the partition of a key, from 0 to Partitions-1.
func PartitionOf(key string) int {
	h := uint32(2166136261) // FNV-1a, which allocates in package fnv
	for i := range len(key) {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return int(h % Partitions)
}

var groupName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// checkSubscription returns an error for one without a group or a topic, or with names
// that a broker may not have.
func checkSubscription(s kit.Subscription) error {
	if s.Group == "" || len(s.Topics) == 0 {
		return kit.Errorf(kit.Invalid, "a subscription needs a group and a topic")
	}
	if err := checkGroup(s.Group); err != nil {
		return err
	}
	for _, topic := range s.Topics {
		if err := checkTopic(topic); err != nil {
			return err
		}
	}
	return nil
}

func checkGroup(group string) error {
	if !groupName.MatchString(group) {
		return kit.Errorf(kit.Invalid, "group %q: a group's name is 1 to 64 lower-case letters, digits, - and _", group)
	}
	return nil
}

func checkTopic(topic string) error {
	for token := range strings.SplitSeq(topic, ".") {
		if token == "" || strings.ContainsAny(token, "*>#") || strings.ContainsFunc(token, notPrinted) {
			return kit.Errorf(kit.Invalid, "topic %q: a topic is words separated by dots, without spaces, *, > and #", topic)
		}
	}
	return nil
}

func notPrinted(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// check returns an error for a message that can never be sent. The topic is known to be
// valid if it is this one.
func check(m kit.Message, largest int, valid string) error {
	if largest > 0 && len(m.Payload) > largest {
		return kit.Errorf(kit.Invalid, "a message of %d bytes is too large: the broker takes up to %d", len(m.Payload), largest)
	}
	if m.Group != "" {
		if err := checkGroup(m.Group); err != nil {
			return err
		}
	}
	if m.Topic == valid && valid != "" {
		return nil
	}
	return checkTopic(m.Topic)
}
