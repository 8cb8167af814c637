package prove

import (
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var clockFaults = flag.Int("clock-faults", 12, "how often TestScheduleByTheClock kills or freezes processes, or sets the clock back")

// What is declared by the clocks of three zones. In the month they are set back by an hour in
// Berlin and in New York, and forward by half an hour on Lord Howe Island.
var zoned = []struct{ name, expression, zone string }{
	{"Berlin by night", "30 2 * * *", "Europe/Berlin"}, {"Berlin by the hour", "0 * * * *", "Europe/Berlin"},
	{"New York by night", "30 1 * * *", "America/New_York"}, {"New York by the hour", "0 * * * *", "America/New_York"},
	{"Lord Howe by night", "15 2 * * *", "Australia/Lord_Howe"}, {"Lord Howe by the hour", "0 * * * *", "Australia/Lord_Howe"},
}

// monthBegins and monthEnds are those of the month, which passes in half a minute.
var (
	monthBegins = time.Date(2026, 10, 3, 12, 0, 0, 0, time.UTC)
	monthEnds   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
)

const fast = 80_000 // times as fast as time

// oftenAsked has all processes look at once for what is due in every hour.
const oftenAsked = "SHOP_SCHEDULE_POLL=50ms"

// shopByTheClock is a project in which a reminder is set with each order for a time that the
// order says, and others are declared by the clocks of three zones.
func shopByTheClock(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "clock", func(t *testing.T, folder string) project {
		var declared strings.Builder
		for _, z := range zoned {
			fmt.Fprintf(&declared, "\t\trun.Schedule(%q, kit.Cron(%q, %q).IfMissed(kit.MissedEach), order.Reminder{Text: %q}),\n",
				z.name, z.expression, z.zone, "tick "+z.name)
		}
		return scaffoldWithSchedule(t, folder, "time.Unix(o.Total, 0)", declared.String())
	})
}

// TestScheduleByTheClock has a month pass by the clock of the store, which is the one that a
// schedule goes by. Meanwhile processes are killed, that clock is set back by hours, and all
// processes sleep for hours. Then it compares what was emitted with what somebody finds due
// who looks at the clocks on the wall in every minute.
func TestScheduleByTheClock(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a service for minutes; not with -short")
	}
	p := shopByTheClock(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel() // it waits most of the time
		r := newTimedRig(t, p.binary, []string{oftenAsked}, 0, nil)
		r.passMonth(t, 1, filepath.Join(r.dir, "data", "service.db"), "sqlite, channels, 1 process")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := testserver.Postgres(t)
		variables := append(onPostgres(dsn), oftenAsked, "SHOP_STORE_POSTGRES_CONNECTIONS=4", "SHOP_STORE_POSTGRES_READERS=2",
			"SHOP_STORE_POSTGRES_CONNECT_TIMEOUT=20s") // the machine may be busy
		newTimedRig(t, p.binary, variables, 0, nil).passMonth(t, 10, dsn, "postgres, channels, 10 processes")
	})
}

// passMonth has the month pass, things happen in it, and compares.
func (r *timedRig) passMonth(t *testing.T, processes int, dsn, title string) {
	t.Helper()
	migrate := exec.CommandContext(t.Context(), r.binary, "migrate")
	migrate.Dir, migrate.Env = r.dir, append(os.Environ(), r.variables...)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	clock := takeClock(t, dsn)
	clock.set(t, monthBegins, 0)
	for range processes {
		r.processes = append(r.processes, r.start(t))
	}
	r.orderInMonth(t, 100)
	clock.set(t, monthBegins, fast)
	kills, back, slept := 0, 0, 0
	for i := range *clockFaults {
		for part := time.Duration(i + 1); clock.now(t).Before(monthBegins.Add(monthEnds.Sub(monthBegins) * part / time.Duration(*clockFaults+1))); {
			time.Sleep(20 * time.Millisecond) // the interval of polling a clock
		}
		switch i % 3 {
		case 0:
			victim := rand.IntN(len(r.processes))
			r.processes[victim].kill()
			r.processes[victim] = r.start(t)
			kills++
		case 1:
			clock.set(t, clock.now(t).Add(-time.Duration(1+rand.IntN(300))*time.Minute), fast)
			back++
		case 2:
			r.sleep(t)
			slept++
		}
	}
	for clock.now(t).Before(monthEnds) {
		time.Sleep(20 * time.Millisecond)
	}
	clock.set(t, monthEnds, 0)
	end := clock.latest
	clock.set(t, end, 0)
	for _, z := range zoned {
		for _, at := range dueByTheClock(t, z.expression, z.zone, monthBegins, end) {
			r.acked[fmt.Sprint("tick ", z.name, " ", at.Unix())] = true
		}
	}
	got := r.settle(t)
	var shares []float64
	for _, s := range r.processes {
		shares = append(shares, s.metric(t, "schedule_events_total"))
	}
	fmt.Printf("schedule by the clock: %s: kills=%d set_back=%d slept=%d %s; each process has emitted %v\n", title, kills, back, slept, got, shares)
	if got.due < 2000 || got.lost != 0 || got.twice != 0 || got.fired != got.due {
		t.Errorf("%s: %s; want each once, and nothing else", title, got)
	}
}

// orderInMonth orders, with reminders at times of the month.
func (r *timedRig) orderInMonth(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		at := monthBegins.Add(time.Hour + rand.N(monthEnds.Sub(monthBegins)-2*time.Hour)).Unix()
		body := fmt.Sprintf(`{"customer":"Ada","total":%d}`, at)
		o := r.processes[i%len(r.processes)].must(t, http.StatusCreated, http.MethodPost, "/orders", body).value(t)
		r.acked[o["id"].(string)] = true
	}
}

// sleep freezes all processes for one to ten hours, as they pass.
func (r *timedRig) sleep(t *testing.T) {
	t.Helper()
	signal := func(s syscall.Signal) {
		for _, p := range r.processes {
			if err := p.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	time.Sleep(time.Duration(1+rand.IntN(10)) * time.Hour / fast)
	signal(syscall.SIGCONT)
}

// storeClock is the clock of a store, in the hands of a test.
type storeClock struct {
	db     *sql.DB
	read   string
	latest time.Time // that it may have shown
}

// takeClock has the view that tells the time of a store go by a table.
func takeClock(t *testing.T, dsn string) *storeClock {
	t.Helper()
	driver, micros := "postgres", `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`
	c := &storeClock{read: `SELECT (extract(epoch FROM "now") * 1000000)::bigint FROM "schedule_clock"`}
	view := `to_timestamp(("at" + (%s - "since") * "speed") / 1000000.0)`
	if !strings.Contains(dsn, "://") {
		driver, micros = "sqlite3", `CAST(unixepoch('subsec') * 1000000 AS INTEGER)`
		c.read = `SELECT "now" FROM "schedule_clock"`
		view = `"at" + (%s - "since") * "speed"`
		dsn += "?_busy_timeout=60000&_txlock=immediate"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c.db = db
	for _, text := range []string{
		`CREATE TABLE "hands" ("at" bigint NOT NULL, "since" bigint NOT NULL, "speed" bigint NOT NULL)`,
		`INSERT INTO "hands" VALUES (0, 0, 0)`,
		`DROP VIEW "schedule_clock"`,
		`CREATE VIEW "schedule_clock" AS SELECT ` + fmt.Sprintf(view, micros) + ` AS "now" FROM "hands"`,
	} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return c
}

// set sets the clock, which goes on from there so fast.
func (c *storeClock) set(t *testing.T, at time.Time, speed int) {
	t.Helper()
	began, before := time.Now(), c.now(t)
	if _, err := c.db.ExecContext(t.Context(), `UPDATE "hands" SET "at" = $1, "since" = $2, "speed" = $3`,
		at.UnixMicro(), time.Now().UnixMicro(), speed); err != nil {
		t.Fatal(err)
	}
	if shown := before.Add(time.Since(began) * fast); shown.After(c.latest) {
		c.latest = shown
	}
}

func (c *storeClock) now(t *testing.T) time.Time {
	t.Helper()
	var micros int64
	if err := c.db.QueryRowContext(t.Context(), c.read).Scan(&micros); err != nil {
		t.Fatal(err)
	}
	return time.UnixMicro(micros).UTC()
}

// dueByTheClock returns when an expression of a minute and an hour, or every hour, is due after a
// time and up to another one, by looking at the clock on the wall in every minute. What is due
// in an hour that comes twice is due the first time, and what is due in one that is missing at
// its end, unless it is due in every hour.
func dueByTheClock(t *testing.T, expression, zone string, from, until time.Time) (due []time.Time) {
	t.Helper()
	place, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(expression)
	matches := func(wall time.Time) bool {
		return fields[0] == fmt.Sprint(wall.Minute()) && (fields[1] == "*" || fields[1] == fmt.Sprint(wall.Hour()))
	}
	var latest time.Time // that the clock has shown
	for at := from.Add(-24 * time.Hour); !at.After(until); at = at.Add(time.Minute) {
		_, offset := at.In(place).Zone()
		wall := at.UTC().Add(time.Duration(offset) * time.Second)
		isDue := matches(wall)
		if fields[1] != "*" && !latest.IsZero() {
			isDue = isDue && wall.After(latest)
			for missing := latest.Add(time.Minute); missing.Before(wall); missing = missing.Add(time.Minute) {
				isDue = isDue || matches(missing)
			}
		}
		if wall.After(latest) {
			latest = wall
		}
		if isDue && at.After(from) {
			due = append(due, at)
		}
	}
	return due
}
