package prove

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// startFault is a configuration with which no service can start.
type startFault struct {
	name      string
	variables []string
	says      string // the cause
	change    string // the key
}

// TestStartFaults has a service started that cannot be. It ends soon and tells the
// dependency, the cause and the key to change, and check tells the same.
func TestStartFaults(t *testing.T) {
	all := append(storeFaults(t), busFaults(t)...)
	binary := shopWithReceipts(t).binary
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			dir := t.TempDir()
			said, took := mustNotStart(t, binary, dir, f.variables)
			fmt.Printf("%s, after %.2f s:\n%s", f.name, took.Seconds(), said)
			f.judge(t, "starting", said)
			checked, _ := mustNotStart(t, binary, dir, f.variables, "check")
			f.judge(t, "check", checked)
		})
	}
}

// A password that must not be told.
const password = "sw0rdfish"

func (f startFault) judge(t *testing.T, doing, said string) {
	t.Helper()
	dependency := strings.Join(strings.Fields(f.name)[:2], " ") // store (postgres)
	for _, want := range []string{dependency, f.says, "change", f.change} {
		if !strings.Contains(said, want) {
			t.Errorf("%s does not tell %q:\n%s", doing, want, said)
		}
	}
	if strings.Contains(said, password) {
		t.Errorf("%s tells the password:\n%s", doing, said)
	}
}

// mustNotStart runs the binary, which is to fail within 5 s, and returns what it
// prints.
func mustNotStart(t *testing.T, binary, dir string, variables []string, args ...string) (said string, took time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append(args, "--set", "http.addr=127.0.0.1:0")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), variables...)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(began)
	if _, ended := errors.AsType[*exec.ExitError](err); !ended || cmd.ProcessState.ExitCode() <= 0 {
		t.Errorf("%s %v: %v", binary, args, err)
	}
	if took > 5*time.Second {
		t.Errorf("%s %v: it took %v", binary, args, took)
	}
	return string(out), took
}

func storeFaults(t *testing.T) (all []startFault) {
	t.Helper()
	real := testserver.Postgres(t)
	for _, f := range []struct{ name, dsn, says string }{
		{"wrong password", strings.Replace(real, "postgres:postgres@", "postgres:"+password+"@", 1), "refuses the user postgres"},
		{"unknown user", strings.Replace(real, "postgres:postgres@", "nobody:"+password+"@", 1), "refuses the user nobody"},
		{"unknown database", strings.Replace(real, "/postgres?", "/nowhere?", 1), "does not exist"},
		{"refused port", "postgres://shop:" + password + "@" + freeAddr(t) + "/shop?sslmode=disable", "cannot be reached"},
		{"no TLS", strings.Replace(real, "sslmode=disable", "sslmode=require", 1), "does not offer TLS"},
		{"no sslmode", "postgres://shop:" + password + "@127.0.0.1/shop", "sslmode"},
		{"silent server", "postgres://shop:" + password + "@" + pretend(t, nil) + "/shop?sslmode=disable", "does not answer"},
		{"old server", "postgres://shop:" + password + "@" + pretend(t, oldPostgres) + "/shop?sslmode=disable", "PostgreSQL 11, which is too old"},
	} {
		all = append(all, startFault{"store (postgres) " + f.name,
			[]string{"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + f.dsn}, f.says, "store.postgres.dsn"})
	}
	return all
}

func busFaults(t *testing.T) (all []startFault) {
	t.Helper()
	const jetStream = "jetstream {store_dir: /tmp/nats}\n"
	guarded := testserver.StartNATSWith(t, jetStream+"authorization {user: shop, password: right}\n", nil).Addr()
	plain := testserver.StartNATSWith(t, "", nil).Addr() // without JetStream
	for _, f := range []struct{ name, url, says string }{
		{"wrong password", "nats://" + guarded, "refuses the user, the password"},
		{"refused port", "nats://" + freeAddr(t), "cannot be reached"},
		{"no TLS", "tls://" + plain, "does not use TLS, which the URL or a certificate requires"},
		{"no JetStream", "nats://" + plain, "without JetStream"},
		{"silent server", "nats://" + pretend(t, nil), "NATS at"},
		{"old server", "nats://" + pretend(t, oldNATS), "2.9 or later"},
	} {
		key := "bus.nats.url"
		if f.name == "wrong password" {
			key = "bus.nats.password"
		}
		all = append(all, startFault{"bus (nats) " + f.name, []string{
			"SHOP_BUS_ADAPTER=nats", "SHOP_BUS_NATS_URL=" + f.url, "SHOP_BUS_NATS_USER=shop", "SHOP_BUS_NATS_PASSWORD=" + password,
		}, f.says, key})
	}
	return all
}

// pretend is a server that talks to each client as talk does, or says nothing.
func pretend(t *testing.T, talk func(net.Conn) error) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				if talk != nil {
					_ = talk(conn) // until the client is gone
				}
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// oldNATS talks as a server does that is too old.
func oldNATS(conn net.Conn) error {
	_, err := fmt.Fprint(conn, "INFO {\"version\":\"2.8.4\",\"max_payload\":1048576,\"headers\":true}\r\n")
	for lines := bufio.NewScanner(conn); err == nil && lines.Scan(); {
		if lines.Text() == "PING" {
			_, err = fmt.Fprint(conn, "PONG\r\n")
		}
	}
	return err
}

// oldPostgres lets everybody in, and answers each question with the number of a
// version that is too old.
func oldPostgres(conn net.Conn) error {
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(size[:]))-4); err != nil {
		return err
	}
	ready := postgresMessage('Z', "I")
	_, err := io.WriteString(conn, postgresMessage('R', "\x00\x00\x00\x00")+ready)
	const (
		noParameters = "\x00\x00"
		oneColumn    = "\x00\x01version\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x08\xff\xff\xff\xff\x00\x00"
		oneRow       = "\x00\x01\x00\x00\x00\x08\x00\x00\x00\x00\x00\x01\xad\xc6" // 110022
	)
	answers := map[byte]string{
		'P': postgresMessage('1', ""),
		'D': postgresMessage('t', noParameters) + postgresMessage('T', oneColumn),
		'B': postgresMessage('2', ""),
		'E': postgresMessage('D', oneRow) + postgresMessage('C', "SELECT 1\x00"),
		'C': postgresMessage('3', ""),
		'S': ready,
	}
	for err == nil {
		var head [5]byte
		if _, err = io.ReadFull(conn, head[:]); err != nil {
			break
		}
		if _, err = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[1:]))-4); err != nil {
			break
		}
		_, err = io.WriteString(conn, answers[head[0]])
	}
	return err
}

func postgresMessage(kind byte, body string) string {
	return string(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))) + body
}
