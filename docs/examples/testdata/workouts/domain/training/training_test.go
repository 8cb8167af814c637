package training_test

import (
	"strings"
	"testing"
	"time"

	"example.com/workouts/domain/training"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
)

var (
	now   = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	ada   = user.User{ID: kit.UUID{1}, Name: "Ada", Role: user.Attendee}
	grace = user.User{ID: kit.UUID{2}, Name: "Grace", Role: user.Attendee}
	kim   = user.User{ID: kit.UUID{3}, Name: "Kim", Role: user.Trainer}
)

// in returns a training of Ada's after a time.
func in(t *testing.T, after time.Duration) training.Training {
	t.Helper()
	made, err := training.New(kit.NewUUID(), ada, training.Details{At: now.Add(after), Notes: "legs"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestNew(t *testing.T) {
	for _, d := range []training.Details{{}, {At: now, Notes: strings.Repeat("x", 1001)}} {
		if _, err := training.New(kit.NewUUID(), ada, d); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%+v: %v, want Invalid", d, err)
		}
	}
}

func TestAttendeesSeeTheirOwn(t *testing.T) {
	of := in(t, time.Hour)
	for _, c := range []struct {
		by   user.User
		want kit.Code
	}{{ada, ""}, {kim, ""}, {grace, kit.Unauthorized}} {
		if err := of.VisibleTo(c.by); kit.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.by.Name, err, c.want)
		}
	}
}

func TestRefund(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		by    user.Role
		want  int64
	}{
		{48 * time.Hour, user.Attendee, 1}, {48 * time.Hour, user.Trainer, 1}, {24 * time.Hour, user.Attendee, 1},
		{12 * time.Hour, user.Attendee, 0}, {12 * time.Hour, user.Trainer, 2},
	} {
		if got := in(t, c.after).Refund(c.by, now); got != c.want {
			t.Errorf("%v before, by the %s: %d, want %d", c.after, c.by, got, c.want)
		}
	}
}

func TestCancelOnce(t *testing.T) {
	of := in(t, time.Hour)
	if err := of.Cancel(); err != nil || !of.Canceled {
		t.Error(err)
	}
	if err := of.Cancel(); kit.CodeOf(err) != kit.Conflict {
		t.Errorf("%v, want Conflict", err)
	}
}

func TestReschedule(t *testing.T) {
	to := training.Details{At: now.Add(100 * time.Hour), Notes: "arms"}
	of := in(t, 24*time.Hour)
	if err := of.Reschedule(to, now); err != nil || of.Details != to {
		t.Errorf("%v: %+v", err, of)
	}
	soon := in(t, 23*time.Hour)
	if err := soon.Reschedule(to, now); kit.CodeOf(err) != kit.Conflict || soon.Details == to {
		t.Errorf("%v, want Conflict", err)
	}
}

func TestAnotherTimeIsProposed(t *testing.T) {
	to := training.Details{At: now.Add(5 * time.Hour), Notes: "arms"}
	for by, other := range map[user.Role]user.Role{user.Attendee: user.Trainer, user.Trainer: user.Attendee} {
		of := in(t, time.Hour)
		if err := of.Propose(to, by); err != nil || !of.At.Equal(now.Add(time.Hour)) || of.Notes != "arms" {
			t.Errorf("%v: %+v", err, of)
		}
		if err := of.Approve(by); kit.CodeOf(err) != kit.Unauthorized {
			t.Errorf("approved by the %s who has proposed it: %v", by, err)
		}
		rejected := of
		if err := rejected.Reject(); err != nil || rejected.Proposed != nil || rejected.At.Equal(to.At) {
			t.Errorf("rejected: %v %+v", err, rejected)
		}
		if err := of.Approve(other); err != nil || !of.At.Equal(to.At) || of.Proposed != nil || of.By != nil {
			t.Errorf("approved: %v %+v", err, of)
		}
		if a, r := of.Approve(other), of.Reject(); kit.CodeOf(a) != kit.Conflict || kit.CodeOf(r) != kit.Conflict {
			t.Errorf("%v and %v, want Conflict: nothing is proposed", a, r)
		}
	}
}
