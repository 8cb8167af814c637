package run

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCheckMakesNothing(t *testing.T) {
	p, stdout, _ := testProgram(t, "check", "--set", "http.addr=127.0.0.1:0")
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "ok    configuration", "keys, 1 from flags", "ok    store (sqlite)",
		"data/service.db does not exist yet", "ok    wiring", "ok    bus (channels)", "ok    http")
	if _, err := os.Stat("data"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestCheckTellsEveryFailure has two things that fail, and both are told.
func TestCheckTellsEveryFailure(t *testing.T) {
	p, stdout, _ := testProgram(t, "check")
	writeFile(t, "config.yaml", "log:\n  level: info\n")
	setenv(t, "SHOP_STORE_SQLITE_PATH=config.yaml/x.db", "SHOP_HTTP_ADDR=192.0.2.1:0") // an address for documentation
	wantCode(t, p, exitFailed)
	wantText(t, stdout.String(), "1 from config.yaml, 2 from variables",
		"FAIL  store (sqlite)", "change SHOP_STORE_SQLITE_PATH, which sets store.sqlite.path to config.yaml/x.db",
		"ok    bus", "FAIL  http", "change SHOP_HTTP_ADDR, which sets http.addr to 192.0.2.1:0")
}

// TestCheckOfOwnChecks tries what the service adds to its readiness.
func TestCheckOfOwnChecks(t *testing.T) {
	p, stdout, _ := testProgram(t, "check", "--set", "http.addr=127.0.0.1:0")
	answer := func(err error) func() func(context.Context) error {
		return func() func(context.Context) error { return func(context.Context) error { return err } }
	}
	p = with(p, Ready("pantry", answer(nil)), Ready("cellar", answer(errors.New("it is flooded"))))
	wantCode(t, p, exitFailed)
	wantText(t, stdout.String(), "ok    pantry", "FAIL  cellar           it is flooded")
}

// TestCheckOfAPartThatFails tells it once, although the readiness checks are of it, too.
func TestCheckOfAPartThatFails(t *testing.T) {
	p, stdout, _ := testProgram(t, "migrate")
	wantCode(t, p, exitDone)
	p.Args = []string{"check", "--set", "http.addr=127.0.0.1:0"}
	p = with(p, Ready("cellar", func() (func(context.Context) error, error) { return nil, errors.New("it is flooded") }))
	stdout.Reset()
	wantCode(t, p, exitFailed)
	if n := strings.Count(stdout.String(), "it is flooded"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, stdout)
	}
}

func TestCheckOfAnAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was done with it
	p, stdout, _ := testProgram(t, "check", "--set", "http.addr="+l.Addr().String())
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "is in use, perhaps by this service")
}

// TestCheckOfMigrations has a database that is there and has no tables yet.
func TestCheckOfMigrations(t *testing.T) {
	p, stdout, _ := testProgram(t, "check", "--set", "http.addr=127.0.0.1:0", "--set", "store.sqlite.path=x.db")
	writeFile(t, "x.db", "")
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "x.db answers; ", "to be applied when the service starts")
	stdout.Reset()
	p.Args = append(p.Args, "--set", "store.migrate=false")
	wantCode(t, p, exitFailed)
	wantText(t, stdout.String(), "FAIL  store (sqlite)", "not been applied", "change --set store.migrate, which sets it to false")

	p, _, stderr := testProgram(t, "dead-letters", "list", "--set", "store.sqlite.path=x.db")
	writeFile(t, "x.db", "")
	wantCode(t, p, exitFailed)
	wantText(t, stderr.String(), "shop: cannot read the dead letters", "not been applied")
}

// TestCheckOfMigrationsThatFail for the data, which fails the start as well.
func TestCheckOfMigrationsThatFail(t *testing.T) {
	p, stdout, stderr := testProgram(t, "migrate")
	wantCode(t, p, exitDone)
	changeFile(t, `DELETE FROM "kit_version" WHERE "version_id" = 2`) // whose table is there
	p.Args = []string{"check", "--set", "http.addr=127.0.0.1:0"}
	wantCode(t, p, exitFailed)
	wantText(t, stdout.String(), "FAIL  store (sqlite)", "the migration kit/00002_project.sql fails")
	if strings.Contains(stdout.String(), "change ") { // which key would help?
		t.Error(stdout.String())
	}
	p.Args = []string{"--set", "http.addr=127.0.0.1:0"}
	wantCode(t, p, exitFailed)
	wantText(t, stderr.String(), "cannot start", "the migration kit/00002_project.sql fails")
	if strings.Contains(stderr.String(), "change ") {
		t.Error(stderr.String())
	}
}

// TestBusThatKeepsEventsForLonger than the service remembers what it has handled.
func TestBusThatKeepsEventsForLonger(t *testing.T) {
	p, _, _ := testProgram(t)
	s := loadService(t, p, "delivery.remember=24h")
	bus := BusSpec{Adapter: "nats", Keeps: 24 * time.Hour}
	if _, err := bus.try(t.Context(), s); err != nil {
		t.Error(err)
	}
	bus.Keeps++
	_, err := bus.try(t.Context(), s)
	if f, ok := errors.AsType[*failure](err); !ok || f.key != "delivery.remember" {
		t.Fatalf("got %v, want an error of delivery.remember", err)
	}
	wantText(t, err.Error(), "bus.nats.max_age")
}

// TestCheckConstructsWhatServes has a part whose constructor fails, as one does whose
// statements do not fit the tables, and migrations of another version.
func TestCheckConstructsWhatServes(t *testing.T) {
	p, stdout, stderr := testProgram(t, "migrate")
	wantCode(t, p, exitDone)
	changeFile(t, `INSERT INTO "kit_version" ("version_id", "is_applied") VALUES (77, 1)`)
	p.Args = []string{"check", "--set", "http.addr=127.0.0.1:0"}
	wantCode(t, p, exitDone)
	wantText(t, stdout.String(), "is up to date; another version has applied kit/77", "ok    parts")
	p = with(p, Subscribe(func() (*butler, error) { return nil, errors.New("the butler has no livery") }))
	wantCode(t, p, exitFailed)
	wantText(t, stdout.String(), "FAIL  parts            the butler has no livery")
	p.Args = []string{"--set", "http.addr=127.0.0.1:0"}
	wantCode(t, p, exitFailed)
	wantText(t, stderr.String(), "cannot start", "the butler has no livery")
}

// changeFile runs a statement on the database of a program that does not run.
func changeFile(t *testing.T, text string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "data/service.db")
	if err == nil {
		_, err = db.ExecContext(t.Context(), text)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestBusThatTakesLessThanARequestHas is told by check, whatever the limit of the bus.
func TestBusThatTakesLessThanARequestHas(t *testing.T) {
	p, _, _ := testProgram(t)
	s := loadService(t, p, "http.max_body=2000")
	for largest, want := range map[int]string{0: "found", 2000: "found", 1999: "found; the bus takes events of up to 1999 bytes, and http.max_body is 2000"} {
		bus := BusSpec{Adapter: "nats", Try: func(context.Context, string, []string) (string, int, error) { return "found", largest, nil }}
		found, err := bus.try(t.Context(), s)
		if err != nil || !strings.HasPrefix(found, want) || (want == "found") != (found == want) {
			t.Errorf("%d: got %q and %v, want %q", largest, found, err, want)
		}
	}
}
