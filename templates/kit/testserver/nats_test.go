package testserver

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func init() { starters = append(starters, StartNATS) }

func TestNATSIsShared(t *testing.T) {
	first, second := NATS(t), NATS(t)
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	if answer := request(t, strings.TrimPrefix(first, "nats://"), "$JS.API.INFO", ""); !strings.Contains(answer, `"streams":0`) {
		t.Errorf("JetStream says %s", answer)
	}
}

func TestNATSServerKeepsStreamsOverAKill(t *testing.T) {
	s := StartNATS(t)
	made := request(t, s.Addr(), "$JS.API.STREAM.CREATE.things", `{"name":"things","subjects":["things.>"]}`)
	if strings.Contains(made, `"error"`) {
		t.Fatal(made)
	}
	if acked := request(t, s.Addr(), "things.one", "1"); !strings.Contains(acked, `"seq":1`) {
		t.Fatal(acked)
	}
	s.Kill()
	s.Start()
	if info := request(t, s.Addr(), "$JS.API.STREAM.INFO.things", ""); !strings.Contains(info, `"messages":1`) {
		t.Errorf("after the restart: %s", info)
	}
}

// request sends a message, and returns the reply.
func request(t *testing.T, address, subject, body string) string {
	t.Helper()
	reply, err := askNATS(address, subject, body, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// askNATS sends a message by the protocol's own words, and returns the reply.
func askNATS(address, subject, body string, patience time.Duration) (reply string, err error) {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = fmt.Fprintf(conn, "CONNECT {\"verbose\":false}\r\nSUB reply 1\r\nPUB %s reply %d\r\n%s\r\n", subject, len(body), body)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "MSG reply") && lines.Scan() {
			return lines.Text(), nil
		}
	}
	return "", fmt.Errorf("no reply from %s to %s: %w", address, subject, lines.Err())
}
