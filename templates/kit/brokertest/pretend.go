package brokertest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Pretend is a server that talks to each client as talk does, or says nothing if that is
// nil, and keeps the connection until the client is gone or talk has closed it.
func Pretend(t testing.TB, talk func(net.Conn) error) (addr string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	Serve(t, l, func(conn net.Conn) {
		if talk != nil {
			_ = talk(conn) // until the client is gone
		}
		_, _ = io.Copy(io.Discard, conn)
	})
	return l.Addr().String()
}

// Serve has each connection served and closed, until the test ends.
func Serve(t testing.TB, l net.Listener, one func(net.Conn)) {
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				one(conn)
				_ = conn.Close()
			}()
		}
	}()
}

// Answers says a text whenever a client has said something.
func Answers(text string) func(net.Conn) error {
	return func(conn net.Conn) error {
		for buffer := make([]byte, 4096); ; {
			if _, err := conn.Read(buffer); err != nil {
				return err
			}
			if _, err := io.WriteString(conn, text); err != nil {
				return err
			}
		}
	}
}

// TalksNATS talks as NATS of a version does.
func TalksNATS(version string) func(net.Conn) error {
	return func(conn net.Conn) error {
		_, err := fmt.Fprintf(conn, "INFO {\"version\":%q,\"max_payload\":1048576,\"headers\":true}\r\n", version)
		for lines := bufio.NewScanner(conn); err == nil && lines.Scan(); {
			if lines.Text() == "PING" {
				_, err = fmt.Fprint(conn, "PONG\r\n")
			}
		}
		return err
	}
}

// TalksRabbitMQ opens a connection as RabbitMQ of a version does, and says nothing from
// then on.
func TalksRabbitMQ(version string) func(net.Conn) error {
	long := func(text string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text
	}
	return func(conn net.Conn) error {
		if _, err := io.ReadFull(conn, make([]byte, 8)); err != nil {
			return err
		}
		for _, method := range []string{
			"\x00\x0a\x00\x0a\x00\x09" + long("\x07versionS"+long(version)) + long("PLAIN") + long("en_US"), // start
			"\x00\x0a\x00\x1e\x00\x00\x00\x02\x00\x00\x00\x00",                                              // tune
			"\x00\x0a\x00\x29\x00", // open-ok
		} {
			if _, err := io.WriteString(conn, "\x01\x00\x00"+long(method)+"\xce"); err != nil {
				return err
			}
		}
		return nil
	}
}

// TalksOldKafka says which versions Kafka 2.0 has of some requests.
func TalksOldKafka(conn net.Conn) error {
	request := make([]byte, 12) // size, key, version, number
	for {
		if _, err := io.ReadFull(conn, request); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(request))-8); err != nil {
			return err
		}
		r := kmsg.NewPtrApiVersionsResponse()
		if r.Version = int16(binary.BigEndian.Uint16(request[6:])); r.Version > 2 {
			r.Version, r.ErrorCode = 0, 35 // the version is not supported
		}
		for key, version := range map[int16]int16{0: 5, 1: 7, 3: 6, 18: 2} {
			k := kmsg.NewApiVersionsResponseApiKey()
			k.ApiKey, k.MaxVersion = key, version
			r.ApiKeys = append(r.ApiKeys, k)
		}
		body := r.AppendTo(nil)
		answer := append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))), request[8:12]...)
		if _, err := conn.Write(append(answer, body...)); err != nil {
			return err
		}
	}
}
