package postgresstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// newDatabase makes a database with the options and settings, which ends with the test.
func newDatabase(t *testing.T, options string, settings map[string]string) (dsn string) {
	t.Helper()
	u := parseDSN(t, testserver.Postgres(t))
	db := openOnly(t, Config{DSN: kit.NewSecret(u.String())}, textCodec{})
	name := pq.QuoteIdentifier(kit.NewUUID().String())
	runText(t, db, "CREATE DATABASE "+name+options)
	t.Cleanup(func() { runText(t, db, "DROP DATABASE "+name+" WITH (FORCE)") })
	for setting, value := range settings {
		runText(t, db, "ALTER DATABASE "+name+" SET "+setting+" = "+value)
	}
	u.Path = "/" + strings.Trim(name, `"`)
	query := u.Query()
	query.Del("search_path")
	u.RawQuery = query.Encode()
	return u.String()
}

// TestSettingsOfADatabase change no value: each of these would, where a session had it.
func TestSettingsOfADatabase(t *testing.T) {
	dsn := newDatabase(t, "", map[string]string{
		"TimeZone": "'Asia/Kathmandu'", "DateStyle": "'German, DMY'", "IntervalStyle": "iso_8601", "extra_float_digits": "-15",
		"bytea_output": "escape", "standard_conforming_strings": "off", "array_nulls": "off", "transform_null_equals": "on",
		"default_transaction_isolation": "'repeatable read'", "client_encoding": "latin1",
	})
	db := openOnly(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	at := time.Date(2026, 2, 3, 4, 5, 6, 789_012_000, time.UTC)
	const float, text = 0.12345678901234568, `Łukasz \ 日本 '' \n`
	var got struct {
		float      float64
		text, list string
		bytes      []byte
		at         time.Time
		length     string
		unequal    *bool
	}
	read := db.Statement(`SELECT $1::float8, $2::text, $3::bytea, $4::timestamptz, (interval '1 day 2 hours')::text,
		(ARRAY[$5::text[]])::text || '\n', NULL::integer = NULL`)
	_, err := read.Row(t.Context(), func(row Scanner) error {
		return row.Scan(&got.float, &got.text, &got.bytes, &got.at, &got.length, &got.list, &got.unequal)
	}, float, text, []byte{0, 255, '\\'}, at, pq.Array([]*string{nil}))
	if err != nil {
		t.Fatal(err)
	}
	if got.float != float || got.text != text || string(got.bytes) != "\x00\xff\\" || !got.at.Equal(at) ||
		got.length != "1 day 02:00:00" || got.list != `{{NULL}}\n` || got.unequal != nil {
		t.Errorf("got %+v", got)
	}
}

// TestDatabasesThatAreRefused at the start, with the reason.
func TestDatabasesThatAreRefused(t *testing.T) {
	for dsn, want := range map[string]struct {
		code kit.Code
		text string
	}{
		newDatabase(t, " ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", nil): {kit.Invalid, "ENCODING 'UTF8'"},
		newDatabase(t, "", map[string]string{readOnly: "on"}):                   {kit.Unavailable, "read-only"},
	} {
		_, err := Open(t.Context(), Config{DSN: kit.NewSecret(dsn)}, textCodec{}, kit.Schema{})
		wantCode(t, err, want.code)
		if err != nil && !strings.Contains(err.Error(), want.text) {
			t.Errorf("%v does not say %q", err, want.text)
		}
	}
}

// sameSession gives every connection the same session of the server, as a pooler may.
type sameSession struct {
	driver.Connector
	session driver.Conn
}

func (s sameSession) Connect(context.Context) (driver.Conn, error) { return s.session, nil }

// TestAPooler that shares sessions among connections is refused.
func TestAPooler(t *testing.T) {
	db := openTest(t)
	session, err := (&connector{server: db.server, timeout: time.Second}).Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(sameSession{session: session})
	defer pool.Close() //nolint:errcheck // a test's
	err = checkSessions(t.Context(), pool, db.self)
	if wantCode(t, err, kit.Invalid); err == nil || !strings.Contains(err.Error(), "mode session") {
		t.Errorf("%v does not say what to do", err)
	}
}

// TestConnectionsThatBecomeReadOnly are dropped, and what they did not take is done on
// another: so nobody sees a failover that is over.
func TestConnectionsThatBecomeReadOnly(t *testing.T) {
	dsn := kit.NewSecret(testserver.Postgres(t))
	db := openWith(t, Config{DSN: dsn, Connections: 1}, textCodec{})
	s := newScratch(t, db)
	for n, change := range []func() error{
		func() error { return s.put(t.Context(), 0) },
		func() error { _, err := s.insert.Change(t.Context(), twoEvents("a"), 1); return err },
		func() error { return db.Emit(t.Context(), textEvent{"a"}) },
		func() error { return db.Ping(t.Context()) },
	} {
		runText(t, db, "SET "+readOnly+" = on")
		if err := change(); err != nil {
			t.Errorf("change %d: %v", n, err)
		}
	}
	if db.Counter().Repeated.Load() == 0 {
		t.Error("what was run again is not counted")
	}
}
