package cache

import (
	"encoding/binary"
	"hash/maphash"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// What is stored begins with its kind, when it expires, in milliseconds of Unix time, and
// how many milliseconds before that it is to be loaded anew. Anything else is a miss.
const (
	present = 1
	absent  = 2 // there is no value; what follows says so
	claim   = 3 // a process loads the value; what follows tells the claim from others
	header  = 1 + 8 + 4
)

// stored is what a driver keeps.
type stored []byte

var seed = maphash.MakeSeed()

// newStored returns a value to store under a name, and for how long. What is taken off the
// ttl is the same for a name in this process: a driver has less to do if it changes little.
func newStored(name string, kind byte, value []byte, ttl time.Duration, now time.Time) (stored, time.Duration) {
	ttl -= ttl / 10 / 1024 * time.Duration(maphash.String(seed, name)%1024)
	s := make(stored, header+len(value))
	s[0] = kind
	binary.BigEndian.PutUint64(s[1:], uint64(now.Add(ttl).UnixMilli()))
	binary.BigEndian.PutUint32(s[9:], uint32(min(ttl/5, time.Hour).Milliseconds()))
	copy(s[header:], value)
	return s, ttl
}

// newClaim returns a claim to load a value.
func newClaim() stored {
	s, token := make(stored, header, header+len(kit.UUID{})), kit.NewUUID()
	s[0] = claim
	binary.BigEndian.PutUint64(s[1:], uint64(time.Now().Add(claimed).UnixMilli()))
	return append(s, token[:]...)
}

// isClaim reports whether a process loads the value.
func (s stored) isClaim() bool { return len(s) > header && s[0] == claim }

// claimAge returns how long ago a value was claimed; -1 if it is not.
func (s stored) claimAge() time.Duration {
	if !s.isClaim() {
		return -1
	}
	return max(0, claimed-s.left(time.Now()))
}

// known reports whether it is a value of a Cache.
func (s stored) known() bool { return len(s) >= header && (s[0] == present || s[0] == absent) }

func (s stored) left(now time.Time) time.Duration {
	return time.Duration(int64(binary.BigEndian.Uint64(s[1:]))-now.UnixMilli()) * time.Millisecond
}

// ageing reports whether it is to be loaded anew.
func (s stored) ageing(now time.Time) bool {
	return s.left(now) < time.Duration(binary.BigEndian.Uint32(s[9:]))*time.Millisecond
}

// value returns what was kept.
func (s stored) value() ([]byte, error) {
	if s[0] == absent {
		return nil, kit.Errorf(kit.NotFound, "%s", s[header:])
	}
	return s[header:len(s):len(s)], nil
}

// Left returns for how long a value that a driver keeps may still be used, unless it is not
// of a Cache.
func Left(value []byte) (left time.Duration, ok bool) {
	s := stored(value)
	if !s.known() {
		return 0, false
	}
	return s.left(time.Now()), true
}
