package prove

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var scheduleFaults = flag.Int("schedule-faults", 8, "how often TestScheduleSurvives kills or freezes a process, or its server")

// reminder is an event that a user would have emitted later.
const reminder = `package order

import (
	"time"

	"example.com/shop/kit"
)

// Reminder is an event of a text and a time.
type Reminder struct {
	Text string
	Due  time.Time
}

// Topic returns "order.reminder".
func (Reminder) Topic() string { return "order.reminder" }

// Key returns the text.
func (r Reminder) Key() string { return r.Text }

// DueAt returns the event with the time.
func (r Reminder) DueAt(due time.Time) kit.Event { return Reminder{r.Text, due} }
`

// reminding makes a receipt for each reminder.
const reminding = `package app

import (
	"context"
	"fmt"
	"strings"

	"example.com/shop/domain/order"
	"example.com/shop/domain/receipt"
	"example.com/shop/kit"
	"example.com/shop/ports"
)

// Reminding makes a receipt for each reminder.
type Reminding struct {
	receipts ports.Receipts
}

// NewReminding returns the subscriber.
func NewReminding(receipts ports.Receipts) *Reminding { return &Reminding{receipts: receipts} }

// Group names the group.
func (*Reminding) Group() string { return "reminding" }

// Topics names the events to receive.
func (*Reminding) Topics() []string { return []string{order.Reminder{}.Topic()} }

// HandleTx makes a receipt.
func (s *Reminding) HandleTx(ctx context.Context, e kit.Event) error {
	r := e.(order.Reminder)
	reference := r.Text
	if strings.HasPrefix(r.Text, "tick") {
		reference = fmt.Sprint(r.Text, " ", r.Due.Unix())
	}
	_, err := s.receipts.Create(ctx, receipt.Details{Reference: reference})
	return err
}
`

// shopWithSchedule is a project in which a reminder is set with each order, in one
// transaction, and another one is declared for each second.
func shopWithSchedule(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "schedule", func(t *testing.T, folder string) project {
		return scaffoldWithSchedule(t, folder, "u.clock.Now().Add(1500*time.Millisecond)",
			"\t\trun.Schedule(\"tick\", kit.Every(time.Second, time.Time{}).IfMissed(kit.MissedEach), order.Reminder{Text: \"tick\"}),\n")
	})
}

// scaffoldWithSchedule makes a project in which a reminder is set with each order for a time,
// and others are declared.
func scaffoldWithSchedule(t *testing.T, folder, at, declared string) project {
	t.Helper()
	p := scaffoldWith(t, folder, []string{"--with", "schedule=store"}, "order customer:string total:int64", "receipt reference:string")
	p.write(t, "domain/order/reminder.go", reminder)
	p.write(t, "app/reminding.go", reminding)
	subscribe(t, p, "NewReminding")
	p.edit(t, "app/orders.go", "import (\n\t\"context\"\n", "import (\n\t\"context\"\n\t\"time\"\n")
	p.edit(t, "app/orders.go", "\tclock kit.Clock\n}", "\tclock kit.Clock\n\ttx kit.Transactor\n\tschedule kit.Schedule\n}")
	p.edit(t, "app/orders.go", "clock kit.Clock) *Orders", "clock kit.Clock, tx kit.Transactor, schedule kit.Schedule) *Orders")
	p.edit(t, "app/orders.go", "&Orders{store: store, clock: clock}", "&Orders{store, clock, tx, schedule}")
	p.edit(t, "app/orders.go", "\treturn o, u.store.Insert(ctx, o, order.Created{Order: o})\n", `	return o, u.tx.Within(ctx, func(ctx context.Context) error {
		if err := u.store.Insert(ctx, o, order.Created{Order: o}); err != nil {
			return err
		}
		return u.schedule.Set(ctx, o.ID.String(), kit.At(`+at+`), order.Reminder{Text: o.ID.String()})
	})
`)
	p.edit(t, "main.go", "\t\tderived(c.Derived),\n", "\t\tderived(c.Derived),\n"+declared)
	if strings.Contains(declared, "time.") {
		p.edit(t, "main.go", "\t\"os\"\n", "\t\"os\"\n\t\"time\"\n")
	}
	p.edit(t, "main.go", "\t\"example.com/shop/app\"\n", "\t\"example.com/shop/app\"\n\t\"example.com/shop/domain/order\"\n\t\"example.com/shop/kit\"\n")
	p.run(t, outgrow, "generate")
	return p
}

// TestScheduleSurvives kills and freezes processes with a schedule, and its server, under
// load, and then compares what was to be emitted with what came of it.
func TestScheduleSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a service for minutes; not with -short")
	}
	p := shopWithSchedule(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel() // it waits most of the time
		newTimedRig(t, p.binary, nil, 1, nil).suffer(t, "sqlite, channels, 1 process")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		store, bus := testserver.StartPostgres(t), testserver.StartNATS(t)
		variables := append(onPostgres(store.URL()), brokers[0].at(bus.URL())...)
		variables = append(variables, "SHOP_STORE_POSTGRES_CONNECT_TIMEOUT=20s", "SHOP_BUS_NATS_CONNECT_TIMEOUT=20s") // the machine may be busy
		newTimedRig(t, p.binary, variables, 2, store).suffer(t, "postgres, nats, 2 processes")
	})
}

// timedRig is processes with a schedule in common.
type timedRig struct {
	binary    string
	dir       string
	variables []string
	server    *testserver.Server // nil if there is none
	processes []*service
	acked     map[string]bool
}

func newTimedRig(t *testing.T, binary string, variables []string, n int, server *testserver.Server) *timedRig {
	t.Helper()
	r := &timedRig{binary: binary, dir: t.TempDir(), variables: variables, server: server, acked: map[string]bool{}}
	for range n {
		r.processes = append(r.processes, r.start(t))
	}
	return r
}

func (r *timedRig) start(t *testing.T) *service {
	t.Helper()
	return startWith(t, r.variables, r.binary, r.dir, freeAddr(t), "--set", "log.level=error")
}

// suffer has things happen under load, and compares.
func (r *timedRig) suffer(t *testing.T, title string) {
	t.Helper()
	for i := range *scheduleFaults {
		ctx, cancel := context.WithCancel(t.Context())
		ids := make(chan []string, len(r.processes))
		for _, s := range r.processes {
			go func() { ids <- orderUntil(ctx, s, 2) }()
		}
		time.Sleep(time.Duration(500+rand.IntN(1500)) * time.Millisecond) // any moment will do
		victim := rand.IntN(len(r.processes))
		switch i % 4 {
		case 1:
			r.freeze(t, r.processes[victim])
		case 3:
			if r.server != nil {
				r.server.Kill()
				r.server.Start()
				break
			}
			fallthrough
		default:
			r.processes[victim].kill()
		}
		cancel()
		for range r.processes {
			for _, id := range <-ids {
				r.acked[id] = true
			}
		}
		select {
		case <-r.processes[victim].ended:
			r.processes[victim] = r.start(t)
		default:
		}
	}
	got := r.settle(t)
	fmt.Printf("schedule: %s: faults=%d %s\n", title, *scheduleFaults, got)
	if got.due < 2**scheduleFaults || got.lost != 0 || got.twice != 0 {
		t.Errorf("%s: %s; want a reminder for each order and each second, and none lost or twice", title, got)
	}
}

// freeze stops a process for longer than what it holds is kept for it.
func (*timedRig) freeze(t *testing.T, s *service) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// timedTally is what came of a schedule.
type timedTally struct{ due, fired, lost, twice int }

func (c timedTally) String() string {
	return fmt.Sprintf("due=%d fired=%d lost=%d twice=%d", c.due, c.fired, c.lost, c.twice)
}

// settle waits until everything was emitted and handled, or nothing more is for long.
func (r *timedRig) settle(t *testing.T) timedTally {
	t.Helper()
	r.processes[0].awaitDelivery(t)
	got, since := r.compare(t), time.Now()
	for got.lost > 0 && time.Since(since) < patience/3 {
		time.Sleep(250 * time.Millisecond) // the interval of polling a process
		now := r.compare(t)
		if now.lost != got.lost {
			since = time.Now()
		}
		got = now
	}
	return got
}

func (r *timedRig) compare(t *testing.T) timedTally {
	t.Helper()
	made := map[string]int{}
	r.processes[0].each(t, "/receipts", func(receipt map[string]any) { made[receipt["reference"].(string)]++ })
	due := maps.Clone(r.acked)
	var ticks []int64
	for reference := range made {
		var n int64
		if k, _ := fmt.Sscanf(reference, "tick %d", &n); k == 1 {
			ticks = append(ticks, n)
		}
	}
	if len(ticks) > 0 {
		for n := slices.Min(ticks); n <= slices.Max(ticks); n++ {
			due[fmt.Sprint("tick ", n)] = true
		}
	}
	var got timedTally
	for reference := range due {
		got.due++
		if made[reference] == 0 {
			got.lost++
		}
	}
	for _, n := range made {
		got.fired += n
		got.twice += n - 1
	}
	return got
}

// TestScheduleAtTheStart shows what is said of an entry that cannot be, and of keys that are
// out of range.
func TestScheduleAtTheStart(t *testing.T) {
	p, dir := shopWithSchedule(t), t.TempDir()
	said, _ := mustNotStart(t, p.binary, dir, []string{"SHOP_SCHEDULE_POLL=1ns"})
	if !strings.Contains(said, "must be from 10ms to 1m") || !strings.Contains(said, "SHOP_SCHEDULE_POLL") {
		t.Errorf("said:\n%s", said)
	}
	s := start(t, p.binary, dir, freeAddr(t))
	s.must(t, http.StatusCreated, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
	listed := command(t, dir, p.binary, "schedule")
	if !strings.Contains(listed, "tick") || !strings.Contains(listed, "every 1s") {
		t.Errorf("the schedule is listed as\n%s", listed)
	}
	s.stop(t)
}
