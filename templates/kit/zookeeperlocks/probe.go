package zookeeperlocks

import (
	"context"
	"encoding/binary"
	"net"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// leaseKey is the key of locks that says how long a session is.
const leaseKey = "lease"

// probe begins a session with a server as the client does, and returns why it cannot.
func (s *server) probe(ctx context.Context, addr string) error {
	at := "ZooKeeper at " + addr
	conn, err := remote.Dial(ctx, addr, s.security)
	if err != nil {
		return s.Strange(at, err)
	}
	defer conn.Close() //nolint:errcheck // there is a session or not
	size, session, err := greet(conn, s.longest)
	switch {
	case err != nil:
		return s.Strange(at, err)
	case size < 36 || size > 37: // with or without whether it only reads
		return kit.Errorf(kit.Invalid, "what answers at %s is not ZooKeeper", addr)
	case session < s.longest:
		return keyed.Error(leaseKey, kit.Errorf(kit.Invalid,
			"%s ends sessions after %v, before a lease of %v: shorten the lease, or raise its maxSessionTimeout", at, session, s.longest))
	}
	return nil
}

// greet begins a session of a duration, and ends it. It returns the size of the answer in bytes,
// and the duration that the server gives it.
func greet(conn net.Conn, wanted time.Duration) (size int32, session time.Duration, err error) {
	const passwordSize = 16
	question := struct {
		Size, Version int32
		LastSeen      int64
		Milliseconds  int32
		Session       int64
		PasswordSize  int32
		Password      [passwordSize]byte
	}{Size: 44, Milliseconds: int32(wanted.Milliseconds()), PasswordSize: passwordSize}
	var answer struct{ Size, Version, Milliseconds int32 }
	if err = binary.Write(conn, binary.BigEndian, question); err == nil {
		err = binary.Read(conn, binary.BigEndian, &answer)
	}
	const size8, anyRequest, endSession = 8, 1, -11
	_ = binary.Write(conn, binary.BigEndian, [3]int32{size8, anyRequest, endSession}) // else it ends by itself
	return answer.Size, time.Duration(answer.Milliseconds) * time.Millisecond, err
}
