package postgresstore

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults has each fault told, soon, by its name and without the password.
func TestStartUpFaults(t *testing.T) {
	dsn := testserver.Postgres(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() //nolint:errcheck // nothing to lose
	password := "hunter2"
	changed := func(user, host, database, mode string) string {
		u := parseDSN(t, dsn)
		q := u.Query()
		q.Set("sslmode", mode)
		u.RawQuery = q.Encode()
		if user != "" {
			u.User = url.UserPassword(user, password)
		}
		if host != "" {
			u.Host = host
		}
		if database != "" {
			u.Path = database
		}
		return u.String()
	}
	for name, test := range map[string]struct {
		dsn, says string
		code      kit.Code
	}{
		"no DSN":               {"", "is empty", kit.Invalid},
		"no sslmode":           {strings.Split(dsn, "?")[0], "sslmode", kit.Invalid},
		"no sslmode, in words": {"host=localhost dbname=a password=" + password, "sslmode", kit.Invalid},
		"no DSN at all":        {"postgres://a:" + password + "@%zz?sslmode=disable", "cannot be read", kit.Invalid},
		"several hosts":        {"postgres://a:" + password + "@one:1,two:2/b?sslmode=disable", "port=5432,5432", kit.Invalid},
		"an unknown sslmode":   {"host=localhost sslmode=perhaps password=" + password, "cannot be read", kit.Invalid},
		"a wrong password":     {changed(parseDSN(t, dsn).User.Username(), "", "", "disable"), "refuses the user", kit.Invalid},
		"no such user":         {changed("nobody_at_all", "", "", "disable"), "refuses the user nobody_at_all", kit.Invalid},
		"no such database":     {changed("", "", "nowhere_at_all", "disable"), "/nowhere_at_all does not exist", kit.Invalid},
		"a refused port":       {changed("", "127.0.0.1:1", "", "disable"), "127.0.0.1:1", kit.Unavailable},
		"an unknown host":      {changed("", "nowhere.invalid:5432", "", "disable"), "nowhere.invalid:5432", kit.Unavailable},
		"a silent server":      {changed("", silent.Addr().String(), "", "disable"), "does not answer within", kit.Unavailable},
		"no TLS":               {changed("", plainServer(t), "", "require"), "does not offer TLS", kit.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			db, err := Open(t.Context(), Config{DSN: kit.NewSecret(test.dsn)}, textCodec{}, kit.Schema{})
			if err == nil {
				_ = db.Close()
			}
			wantCode(t, err, test.code)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), password) {
				t.Errorf("the error %v does not say %q", err, test.says)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v to tell", took)
			}
		})
	}
}

// plainServer returns the address of a server that refuses TLS, as a PostgreSQL
// does that was set up without.
func plainServer(t *testing.T) string {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listen.Close() })
	go func() {
		for {
			c, err := listen.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 8))
			_, _ = c.Write([]byte("N"))
			_ = c.Close()
		}
	}()
	return listen.Addr().String()
}

func TestAnOldServerIsRefused(t *testing.T) {
	err := tooOld(110_022)
	wantCode(t, err, kit.Invalid)
	if err == nil || !strings.Contains(err.Error(), "PostgreSQL 11") || !strings.Contains(err.Error(), "12 or newer") {
		t.Errorf("got %v", err)
	}
	if err := tooOld(120_000); err != nil {
		t.Error(err)
	}
}

func TestMigrationsArePendingUntilApplied(t *testing.T) {
	db := openOnly(t, Config{DSN: kit.NewSecret(testserver.Postgres(t))}, textCodec{})
	before, err := pendingOf(t, db)
	if err != nil || before == 0 {
		t.Errorf("%d migrations are pending (%v), want at least one", before, err)
	}
	for range 2 {
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after, err := pendingOf(t, db); err != nil || after != 0 {
			t.Errorf("%d migrations are pending (%v), want none", after, err)
		}
	}
}

func TestProcessesMigrateOneAfterAnother(t *testing.T) {
	dsn := testserver.Postgres(t)
	errs := make(chan error)
	for range 6 {
		db := openOnly(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
		go func() { errs <- db.Migrate(context.Background()) }()
	}
	for range 6 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestAClosedDatabaseIsUnavailable(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	_, recall := db.Recall(t.Context(), "a")
	_, claim := db.Claim(t.Context(), 1, 1)
	_, change := s.insert.Change(t.Context(), nil, 1)
	for name, err := range map[string]error{
		"ping": db.Ping(t.Context()), "write": s.put(t.Context(), 1), "read": recall, "claim": claim, "change": change,
		"emit": db.Emit(t.Context(), textEvent{}), "migrate": db.Migrate(t.Context()),
		"prepare": db.PrepareAll(t.Context(), map[**Statement]string{new(*Statement): "SELECT 1"}),
	} {
		if kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("%s: got %v, want Unavailable", name, err)
		}
	}
	db.Wake()
}

func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	begun, closed := make(chan struct{}), make(chan struct{})
	go func() {
		<-begun
		_ = db.Close()
		close(closed)
	}()
	err := db.Within(t.Context(), func(ctx context.Context) error {
		close(begun)
		time.Sleep(50 * time.Millisecond)
		_, err := s.insert.Exec(ctx, 1)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	<-closed
}

func TestStatementsThatCannotWork(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	var bad *Statement
	err := db.PrepareAll(t.Context(), map[**Statement]string{&bad: `SELECT "nothing" FROM "nowhere"`})
	wantCode(t, err, kit.Internal)
	if err == nil || !strings.Contains(err.Error(), `FROM "nowhere"`) {
		t.Errorf("the error %v does not name the text", err)
	}
	_, err = s.insert.Exec(t.Context(), 1)
	wantCode(t, err, kit.Internal)
	_, err = s.insert.Change(t.Context(), nil, "not a number")
	wantCode(t, err, kit.Invalid)
	_, err = s.insert.Change(t.Context(), nil, 1, 2)
	wantCode(t, err, kit.Internal)
	_, err = s.insert.Row(t.Context(), func(Scanner) error { return nil }, 1)
	wantCode(t, err, kit.Unavailable) // the connections for reading cannot write
}

// TestAMigrationUnderneath changes a table whose statements are prepared.
func TestAMigrationUnderneath(t *testing.T) {
	db := openTest(t)
	newScratch(t, db)
	read := func(ctx context.Context) error {
		_, err := db.Statement(`SELECT * FROM "scratch"`).Row(ctx, func(Scanner) error { return nil })
		return err
	}
	runs := 0
	written := func(ctx context.Context) error {
		runs++
		return read(ctx)
	}
	for _, change := range []string{`SELECT 1`, `ALTER TABLE "scratch" ADD "more" text`, `ALTER TABLE "scratch" ALTER "n" TYPE text`} {
		runText(t, db, change)
		if err := read(t.Context()); err != nil {
			t.Error(err)
		}
		if err := db.Within(t.Context(), written); err != nil {
			t.Error(err)
		}
	}
	if runs < 4 {
		t.Errorf("the statement was run %d times in transactions: it was never outdated", runs)
	}
}
