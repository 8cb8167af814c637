package scheduletest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

var declaredTests = []suiteTest{
	{"emits what is declared once whoever does it", emitsDeclaredOnce},
	{"makes up for what is declared after a restart", makesUpForDeclared},
	{"begins anew with other times", beginsAnew},
	{"has versions side by side", hasVersions},
}

// every declares the entry of the suite.
func every(d time.Duration) schedule.Declared {
	return schedule.Declared{Name: "report", When: kit.Every(d, noon), Event: Reminder{Text: "report"}}
}

func emitsDeclaredOnce(t *testing.T, r *rig) {
	var processes []*schedule.Scheduler
	for range 4 {
		processes = append(processes, r.scheduler(t, every(time.Hour)))
		r.fire(t, processes[0], noon)
	}
	for hours := time.Duration(1); hours <= 5; hours++ {
		var said atomic.Int64
		assert.Concurrently(len(processes), func(i int) {
			n, err := processes[i].Fire(t.Context(), after(hours*time.Hour))
			said.Add(int64(n))
			if err != nil {
				t.Error(err)
			}
		})
		emitted := r.claim(t)
		if len(emitted) != 1 || said.Load() != 1 || !emitted[0].Due.Equal(after(hours*time.Hour)) {
			t.Errorf("after %d hours: emitted %v, and said to be %d", hours, emitted, said.Load())
		}
	}
}

func makesUpForDeclared(t *testing.T, r *rig) {
	r.fire(t, r.scheduler(t, every(time.Hour)), after(time.Second))
	r.fire(t, r.scheduler(t, every(time.Hour)), after(3*time.Hour+time.Minute), after(3*time.Hour))
	each := every(time.Hour)
	each.Name, each.When = "each", each.When.IfMissed(kit.MissedEach)
	r.fire(t, r.scheduler(t, each), after(time.Second))
	r.fire(t, r.scheduler(t, each), after(2*time.Hour), after(time.Hour), after(2*time.Hour))
	r.fire(t, r.scheduler(t, each), after(2*time.Hour))
}

func beginsAnew(t *testing.T, r *rig) {
	r.fire(t, r.scheduler(t, every(time.Hour)), noon)
	changed := every(time.Hour)
	changed.When = changed.When.IfMissed(kit.MissedEach)
	r.fire(t, r.scheduler(t, changed), after(5*time.Hour+time.Second))
	r.fire(t, r.scheduler(t, changed), after(7*time.Hour), after(6*time.Hour), after(7*time.Hour))
}

// hasVersions shows that an older version goes on with its own times, and that there are
// no two events for one time.
func hasVersions(t *testing.T, r *rig) {
	old, recent := r.scheduler(t, every(time.Hour)), r.scheduler(t, every(90*time.Minute))
	r.fire(t, old, noon)
	r.fire(t, recent, after(time.Minute))
	r.fire(t, old, after(time.Hour), after(time.Hour))
	r.fire(t, recent, after(90*time.Minute), after(90*time.Minute))
	r.fire(t, r.scheduler(t, every(time.Hour)), after(100*time.Minute)) // a process of the old version is started again
	r.fire(t, old, after(2*time.Hour), after(2*time.Hour))
	r.fire(t, recent, after(3*time.Hour), after(3*time.Hour))
	r.fire(t, old, after(3*time.Hour))
}
