package testserver

import "testing"

func init() {
	starters = append(starters, func(t testing.TB) *Server {
		return StartPgBouncer(t, map[string]string{"pool_mode": "session"})
	})
}

func TestAPromotedStandbyHasWhatItsPrimaryHad(t *testing.T) {
	primary := StartPostgres(t)
	standby := StartStandby(t, primary)
	run(t, open(t, primary.URL()), "CREATE TABLE things AS SELECT 7 AS id")
	primary.Kill()
	standby.Promote()
	db := open(t, standby.URL())
	run(t, db, "INSERT INTO things VALUES (8)")
	if n := ask(t, db, "SELECT count(*) FROM things"); n != "2" {
		t.Errorf("%s things are there", n)
	}
}
