package app_test

import (
	"context"
	"testing"
	"time"

	"example.com/workouts/adapters/jsonwire"
	"example.com/workouts/adapters/memory"
	"example.com/workouts/app"
	"example.com/workouts/domain/hour"
	"example.com/workouts/domain/training"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
	"example.com/workouts/kit/memorystore"
)

// noon is the time in these tests.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

type clock struct{}

func (clock) Now() time.Time { return noon }

var (
	ada   = user.User{ID: kit.UUID{1}, Name: "Ada", Role: user.Attendee}
	grace = user.User{ID: kit.UUID{2}, Name: "Grace", Role: user.Attendee}
	kim   = user.User{ID: kit.UUID{3}, Name: "Kim", Role: user.Trainer}
)

// gym is a trainer who works at 13, 14 and 15 o'clock tomorrow and the day after, with an
// attendee, Ada, who has paid for two trainings.
type gym struct {
	*testing.T
	hours     *app.Hours
	trainings *app.Trainings
	users     *app.Users
}

func newGym(t *testing.T) gym {
	t.Helper()
	db := memorystore.New(jsonwire.Events{})
	hours := memory.NewHourStore(db)
	g := gym{T: t, users: app.NewUsers(db, memory.NewUserStore(db))}
	g.hours = app.NewHours(app.HoursConfig{Weeks: 6, First: 12, Last: 20}, db, hours, clock{})
	g.trainings = app.NewTrainings(db, memory.NewTrainingStore(db), hours, g.users, clock{})
	for day := range 2 {
		for clock := range 3 {
			g.must(g.hours.Open(g.as(kim), []time.Time{tomorrow(24*day + clock)}))
		}
	}
	g.credit(ada, 2)
	return g
}

// tomorrow returns a time after tomorrow at 13 o'clock.
func tomorrow(hours int) time.Time { return noon.Add(time.Duration(25+hours) * time.Hour) }

func (g gym) as(u user.User) context.Context {
	return kit.WithCaller(g.Context(), kit.Caller{Subject: u.ID.String(), Scopes: []string{string(u.Role)}})
}

func (g gym) must(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func (g gym) credit(u user.User, trainings int64) {
	g.Helper()
	_, err := g.users.Credit(g.Context(), u, trainings)
	g.must(err)
}

func (g gym) refuses(err error, code kit.Code) {
	g.Helper()
	if kit.CodeOf(err) != code {
		g.Errorf("%v, want %s", err, code)
	}
}

// has checks Ada's balance, and the availability of hours from tomorrow at 13 o'clock on.
func (g gym) has(balance int64, want ...hour.Availability) {
	g.Helper()
	u, err := g.users.GetCurrent(g.as(ada))
	g.must(err)
	if u.Balance != balance {
		g.Errorf("the balance is %d, want %d", u.Balance, balance)
	}
	days, err := g.hours.GetCalendar(g.Context(), tomorrow(0), tomorrow(0))
	g.must(err)
	for i, w := range want {
		if got := days[0].Hours[i+1].Availability; got != w {
			g.Errorf("the hour at %d is %s, want %s", 13+i, got, w)
		}
	}
}

func (g gym) scheduled(hours int) training.Training {
	g.Helper()
	t, err := g.trainings.Create(g.as(ada), training.Details{At: tomorrow(hours), Notes: "legs"})
	g.must(err)
	return t
}

func TestTrainersOpenAndCloseHours(t *testing.T) {
	g := newGym(t)
	for _, change := range []func(context.Context, []time.Time) error{g.hours.Open, g.hours.Close} {
		g.refuses(change(g.as(ada), []time.Time{tomorrow(0)}), kit.Unauthorized)
		g.refuses(change(g.Context(), []time.Time{tomorrow(0)}), kit.Unauthenticated)
		g.refuses(change(g.as(kim), []time.Time{tomorrow(0), noon}), kit.Invalid)
	}
	g.has(2, hour.Available, hour.Available, hour.Available, hour.NotAvailable)
	g.must(g.hours.Close(g.as(kim), []time.Time{tomorrow(0), tomorrow(1)}))
	g.has(2, hour.NotAvailable, hour.NotAvailable, hour.Available)
	g.scheduled(2)
	g.refuses(g.hours.Close(g.as(kim), []time.Time{tomorrow(0), tomorrow(2)}), kit.Conflict)
}

func TestTrainingsAreScheduledInHoursThatAreAvailable(t *testing.T) {
	g := newGym(t)
	made := g.scheduled(0)
	g.has(1, hour.Booked, hour.Available)
	if made.Name != "Ada" {
		t.Errorf("%+v, want the attendee's name", made)
	}
	for at, code := range map[time.Time]kit.Code{tomorrow(0): kit.Conflict, tomorrow(5): kit.Conflict, {}: kit.Invalid} {
		_, err := g.trainings.Create(g.as(ada), training.Details{At: at})
		g.refuses(err, code)
	}
	_, err := g.trainings.Create(g.as(kim), training.Details{At: tomorrow(1)})
	g.refuses(err, kit.Unauthorized)
	_, err = g.trainings.Create(g.as(grace), training.Details{At: tomorrow(1)})
	g.refuses(err, kit.Invalid) // she has not paid
	g.has(1, hour.Booked, hour.Available)
}

func TestAttendeesListTheirOwn(t *testing.T) {
	g := newGym(t)
	second, first := g.scheduled(1), g.scheduled(0)
	g.credit(grace, 1)
	_, err := g.trainings.Create(g.as(grace), training.Details{At: tomorrow(2)})
	g.must(err)
	for _, c := range []struct {
		by   user.User
		want int
	}{{ada, 2}, {grace, 1}, {kim, 3}} {
		found, err := g.trainings.List(g.as(c.by), kit.Page{Limit: 10})
		g.must(err)
		if len(found.Items) != c.want || c.by == ada && (found.Items[0].ID != first.ID || found.Items[1].ID != second.ID) {
			t.Errorf("%s sees %+v", c.by.Name, found.Items)
		}
	}
	_, err = g.trainings.Get(g.as(grace), first.ID)
	g.refuses(err, kit.Unauthorized)
}

func TestCancelingGivesBackHourAndTraining(t *testing.T) {
	for _, c := range []struct {
		by      user.User
		balance int64
	}{{ada, 2}, {kim, 2}} {
		g := newGym(t)
		made := g.scheduled(0)
		g.refuses(g.trainings.Delete(g.as(grace), made.ID), kit.Unauthorized)
		g.has(1, hour.Booked)
		g.must(g.trainings.Delete(g.as(c.by), made.ID))
		g.has(c.balance, hour.Available)
		g.refuses(g.trainings.Delete(g.as(c.by), made.ID), kit.Conflict)
		g.has(c.balance, hour.Available)
	}
}

func TestReschedulingMovesTheHour(t *testing.T) {
	g := newGym(t)
	made := g.scheduled(0)
	_, err := g.trainings.Reschedule(g.as(ada), made.ID, training.Details{At: tomorrow(5)})
	g.refuses(err, kit.Conflict)
	g.has(1, hour.Booked, hour.Available)
	moved, err := g.trainings.Reschedule(g.as(ada), made.ID, training.Details{At: tomorrow(1), Notes: "arms"})
	g.must(err)
	if !moved.At.Equal(tomorrow(1)) || moved.Notes != "arms" {
		t.Errorf("%+v", moved)
	}
	g.has(1, hour.Available, hour.Booked)
	_, err = g.trainings.Reschedule(g.as(ada), made.ID, training.Details{At: tomorrow(1), Notes: "back"})
	g.must(err)
}

func TestTheOthersApproveOrReject(t *testing.T) {
	g := newGym(t)
	made := g.scheduled(0)
	for _, approve := range []bool{false, true} {
		_, err := g.trainings.RequestReschedule(g.as(ada), made.ID, training.Details{At: tomorrow(1)})
		g.must(err)
		_, err = g.trainings.ApproveReschedule(g.as(ada), made.ID)
		g.refuses(err, kit.Unauthorized)
		g.has(1, hour.Booked, hour.Available)
		if !approve {
			_, err := g.trainings.RejectReschedule(g.as(kim), made.ID)
			g.must(err)
			g.has(1, hour.Booked, hour.Available)
			continue
		}
		_, err = g.trainings.ApproveReschedule(g.as(kim), made.ID)
		g.must(err)
		g.has(1, hour.Available, hour.Booked)
	}
	_, err := g.trainings.ApproveReschedule(g.as(kim), made.ID)
	g.refuses(err, kit.Conflict)
}
