package kit

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"
)

// UUID is a universally unique identifier (RFC 9562).
type UUID [16]byte

// NewUUID returns a new UUID of version 7: it begins with the Unix time in milliseconds,
// so that later UUIDs sort after earlier ones.
func NewUUID() UUID { return uuidAt(time.Now()) }

func uuidAt(t time.Time) UUID {
	var u UUID
	_, _ = rand.Read(u[6:]) // crypto/rand.Read never fails: it ends the program instead
	ms := t.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return u
}

var errUUID = errors.New("not a UUID: want 32 hexadecimal digits as 8-4-4-4-12")

// ParseUUID parses the form that String returns, in upper or lower case.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	return u, u.UnmarshalText([]byte(s))
}

// groupEnds are where the groups of digits end, in bytes.
var groupEnds = [...]int{4, 6, 8, 10, 16}

// String returns the usual form, such as 0198c0f2-7d6e-7a3b-8c4d-5e6f70819203.
func (u UUID) String() string {
	b, _ := u.AppendText(make([]byte, 0, 36))
	return string(b)
}

// IsZero reports whether all bits of u are zero.
func (u UUID) IsZero() bool { return u == UUID{} }

// AppendText appends the form that String returns. It never fails.
func (u UUID) AppendText(b []byte) ([]byte, error) {
	from := 0
	for i, to := range groupEnds {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, u[from:to])
		from = to
	}
	return b, nil
}

// MarshalText returns the form that String returns. It never fails.
func (u UUID) MarshalText() ([]byte, error) { return u.AppendText(make([]byte, 0, 36)) }

// UnmarshalText parses the form that String returns, in upper or lower case.
func (u *UUID) UnmarshalText(text []byte) error {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return errUUID
	}
	var out UUID
	from := 0
	for hyphens, to := range groupEnds {
		if _, err := hex.Decode(out[from:to], text[2*from+hyphens:2*to+hyphens]); err != nil {
			return errUUID
		}
		from = to
	}
	*u = out
	return nil
}
