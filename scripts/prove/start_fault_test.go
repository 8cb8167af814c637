package prove

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver

	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// startFault is a configuration with which no service can start.
type startFault struct {
	name      string
	variables []string
	says      string // the cause
	change    string // the key; "" if it is the code that does not fit
	files     map[string][]byte
}

// TestStartFaults has a service started that cannot be. It ends soon and tells the
// dependency, the cause and the key to change, and check tells the same.
func TestStartFaults(t *testing.T) {
	binary := shopWithReceipts(t).binary
	for _, of := range []struct {
		name   string
		faults func(t *testing.T) []startFault
	}{
		{"postgres", storeFaults}, {"tables", tableFaults},
		{"rights", func(t *testing.T) []startFault { return rightFaults(t, binary) }},
		{"sqlite", func(t *testing.T) []startFault { return fileFaults(t, binary) }},
		{"nats", natsFaults}, {"rabbitmq", rabbitMQFaults}, {"activemq", activeMQFaults}, {"kafka", kafkaFaults},
	} {
		t.Run(of.name, func(t *testing.T) {
			for _, f := range of.faults(t) {
				t.Run(f.name, func(t *testing.T) { f.happens(t, binary) })
			}
		})
	}
}

// happens has check and a start suffer a fault.
func (f startFault) happens(t *testing.T, binary string) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range f.files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, dir)
	checked, _ := mustNotStart(t, binary, dir, f.variables, "check")
	f.judge(t, "check", checked)
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Errorf("check has changed files: %q", slices.Collect(maps.Keys(after)))
	}
	said, took := mustNotStart(t, binary, dir, f.variables)
	fmt.Printf("%s, after %.2f s:\n%s", f.name, took.Seconds(), said)
	f.judge(t, "starting", said)
}

// A password that must not be told.
const password = "sw0rdfish"

// isTold shows that a start tells the fault, and check as well.
func (f startFault) isTold(t *testing.T, binary, dir string) {
	t.Helper()
	said, took := mustNotStart(t, binary, dir, f.variables)
	fmt.Printf("%s, after %.2f s:\n%s", f.name, took.Seconds(), said)
	f.judge(t, "starting", said)
	checked, _ := mustNotStart(t, binary, dir, f.variables, "check")
	for _, want := range []string{f.says, "change", f.change} {
		if !strings.Contains(checked, want) {
			t.Errorf("check does not tell %q:\n%s", want, checked)
		}
	}
}

func (f startFault) judge(t *testing.T, doing, said string) {
	t.Helper()
	dependency := strings.Join(strings.Fields(f.name)[:2], " ") // store (postgres)
	wants := []string{dependency, f.says, "change", f.change}
	if f.change == "" {
		wants = []string{f.says}
	}
	for _, want := range wants {
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
		{"silent server", "postgres://shop:" + password + "@" + brokertest.Pretend(t, nil) + "/shop?sslmode=disable", "does not answer"},
		{"old server", "postgres://shop:" + password + "@" + brokertest.Pretend(t, oldPostgres) + "/shop?sslmode=disable", "PostgreSQL 11, which is too old"},
	} {
		all = append(all, startFault{"store (postgres) " + f.name,
			[]string{"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + f.dsn}, f.says, "store.postgres.dsn", nil})
	}
	return all
}

// tableFaults are databases whose tables are not the service's, or where it may not make
// any.
func tableFaults(t *testing.T) (all []startFault) {
	t.Helper()
	foreign, empty := testserver.Postgres(t), testserver.Postgres(t)
	statements(t, foreign, `CREATE TABLE "kit_project" ("name" text); INSERT INTO "kit_project" VALUES ('desk')`)
	statements(t, empty, `CREATE ROLE "weak" LOGIN PASSWORD '`+password+`'; GRANT USAGE ON SCHEMA `+schemaOf(empty)+` TO "weak"`)
	t.Cleanup(func() { statements(t, empty, `DROP OWNED BY "weak"; DROP ROLE "weak"`) })
	weak := strings.Replace(empty, "postgres:postgres@", "weak:"+password+"@", 1)
	for _, f := range []struct{ name, dsn, migrate, says, change string }{
		{"another project's", foreign, "true", "belongs to the project desk, and this is shop", "store.postgres.dsn"},
		{"no schema", strings.Replace(empty, schemaOf(empty), "nowhere", 1), "true", "search_path nowhere", "store.postgres.dsn"},
		{"no permission", weak, "true", `GRANT CREATE ON SCHEMA "` + schemaOf(empty) + `" TO "weak"`, "store.postgres.dsn"},
		{"no tables", weak, "false", "the migrate command does it", "store.migrate"},
	} {
		all = append(all, startFault{"store (postgres) " + f.name, []string{
			"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + f.dsn, "SHOP_STORE_MIGRATE=" + f.migrate,
		}, f.says, f.change, nil})
	}
	return all
}

// rightFaults are databases whose tables the user may not use as the service does.
func rightFaults(t *testing.T, binary string) (all []startFault) {
	t.Helper()
	for i, f := range []struct{ name, revoke, says, change string }{
		{"no INSERT on a table", `INSERT ON "orders"`, "or change the user of store.postgres.dsn: pq: permission denied for table orders", ""},
		{"no SELECT on the outbox", `SELECT ON "outbox"`, "SELECT on outbox", "store.postgres.dsn"},
	} {
		dsn, role := testserver.Postgres(t), fmt.Sprint("clerk", i)
		on := []string{"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + dsn}
		cmd := exec.CommandContext(t.Context(), binary, "migrate")
		cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), on...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		statements(t, dsn, strings.NewReplacer("clerk", role, "here", schemaOf(dsn), "some right", f.revoke).Replace(
			`CREATE ROLE clerk LOGIN PASSWORD '`+password+`'; GRANT USAGE ON SCHEMA here TO clerk;
			GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA here TO clerk; REVOKE some right FROM clerk`))
		t.Cleanup(func() { statements(t, dsn, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
		on[1] = strings.Replace(on[1], "postgres:postgres@", role+":"+password+"@", 1)
		all = append(all, startFault{"store (postgres) " + f.name, on, f.says, f.change, nil})
	}
	return all
}

func schemaOf(dsn string) string {
	_, schema, _ := strings.Cut(dsn, "search_path=")
	return schema
}

// statements runs some on a database of Postgres, or on a file of SQLite.
func statements(t *testing.T, dsn, text string) {
	t.Helper()
	driver := "postgres"
	if !strings.Contains(dsn, "://") {
		driver = "sqlite3"
	}
	db, err := sql.Open(driver, dsn)
	if err == nil {
		_, err = db.ExecContext(context.WithoutCancel(t.Context()), text)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// fileFaults are files of SQLite that are not whole, or not the service's.
func fileFaults(t *testing.T, binary string) (all []startFault) {
	t.Helper()
	// file returns one that was migrated and then changed.
	file := func(text string) []byte {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), binary, "migrate")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		path := filepath.Join(dir, "data", "service.db")
		statements(t, path, text)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	whole := file(`PRAGMA wal_checkpoint`)
	for _, f := range []struct {
		name, says, change string
		data               []byte
	}{
		{"another project's", "belongs to the project desk, and this is shop", "store.sqlite.path", file(`UPDATE "kit_project" SET "name" = 'desk'`)},
		{"cut off", "is damaged", "store.sqlite.path", whole[:len(whole)/2]},
		{"a text", "is damaged", "store.sqlite.path", []byte("SQLite format 4")},
		{"a page lost", "is damaged", "store.sqlite.path", append(slices.Clone(whole[:len(whole)-4096]), make([]byte, 4096)...)},
		{"a migration that fails", "_orders.sql fails: table \"orders\" already exists", "", file(`DELETE FROM "shop_version" WHERE "version_id" > 0`)},
		{"another branch's", `cannot prepare`, "", file(`INSERT INTO "shop_version" ("version_id", "is_applied") VALUES (7, 1); ALTER TABLE "orders" RENAME "total" TO "sum"`)},
	} {
		all = append(all, startFault{"store (sqlite) " + f.name, []string{"SHOP_STORE_SQLITE_PATH=a.db"}, f.says, f.change, map[string][]byte{"a.db": f.data}})
	}
	return all
}

// contents returns what is in the files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
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
		'Q': postgresMessage('T', strings.Replace(oneColumn, "\x14\x00\x08", "\x10\x00\x01", 1)) + // whether it is a standby
			postgresMessage('D', "\x00\x01\x00\x00\x00\x01f") + postgresMessage('C', "SELECT 1\x00") + ready,
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
