package cachedstore

import (
	"encoding/json"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Topic is that of Changed.
const Topic = "cachedstore.changed"

// Changed is the event that an entity has changed which may be in the cache.
type Changed struct {
	Table  string     `json:"table"`
	Entity kit.Cursor `json:"id"` // its key
	At     time.Time  `json:"at"`
}

// Topic returns the topic of all of them.
func (Changed) Topic() string { return Topic }

// Key returns a key of its own, so that no other event of the entity waits for this one.
func (c Changed) Key() string { return Topic + "/" + string(c.Entity) }

// keys are those of what is not to be used any more.
func (c Changed) keys() []string {
	return []string{entityKey(c.Table, c.Entity), generationKey(c.Table)}
}

// entityKey is that of an entity. A text as its key has = before it, so that none is that of
// something else.
func entityKey(table string, key kit.Cursor) string {
	if _, err := kit.ParseUUID(string(key)); err != nil {
		key = "=" + key
	}
	return table + "/" + string(key)
}

// generationKey is that of a value which is part of the keys of all lists of entities. It
// is another one after each change.
func generationKey(table string) string { return table + "/generation" }

// AppendChanged appends an event as JSON.
func AppendChanged(b []byte, c Changed) []byte {
	text, _ := json.Marshal(c) // it cannot fail for these types
	return append(b, text...)
}

// ReadChanged reads what AppendChanged wrote. The error is Internal.
func ReadChanged(data []byte) (c Changed, err error) {
	if err := json.Unmarshal(data, &c); err != nil {
		return c, kit.Wrap(kit.Internal, err, "the change of a cached store cannot be read")
	}
	return c, nil
}
