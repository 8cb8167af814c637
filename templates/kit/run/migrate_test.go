package run

import (
	"errors"
	"os"
	"testing"
)

// TestMigrateTellsBeforeItDoes lists migrations before they are applied and after.
func TestMigrateTellsBeforeItDoes(t *testing.T) {
	p, stdout, _ := testProgram(t)
	says := func(args []string, want ...string) {
		t.Helper()
		stdout.Reset()
		p.Args = args
		wantCode(t, p, exitDone)
		wantText(t, stdout.String(), want...)
	}
	says([]string{"migrate", "--dry-run"}, "data/service.db does not exist yet")
	if _, err := os.Stat("data"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run leaves %v", err)
	}
	says([]string{"migrate"}, "data/service.db: 4 migrations have been applied")
	says([]string{"migrate"}, "data/service.db was up to date")
	changeFile(t, `UPDATE "kit_version" SET "version_id" = 77 WHERE "version_id" = 2`)
	says([]string{"migrate", "--dry-run", "--set", "store.migrate=false"}, "pending  kit/00002_project.sql\n", "1 of 5 migrations to be applied")
	says([]string{"migrate", "status"}, "applied  kit/00001_kit.sql\npending  kit/00002_project.sql\napplied  kit/00003_schedule.sql\napplied  kit/00004_locks.sql\nunknown  kit/77\n")
}

// TestAnotherProjectsStoreIsRefused has every command tell whose the store is.
func TestAnotherProjectsStoreIsRefused(t *testing.T) {
	p, stdout, stderr := testProgram(t, "migrate")
	wantCode(t, p, exitDone)
	changeFile(t, `UPDATE "kit_project" SET "name" = 'desk'`)
	for _, args := range [][]string{{"serve"}, {"check"}, {"migrate"}, {"migrate", "status"}, {"dead-letters", "list"}} {
		stdout.Reset()
		stderr.Reset()
		p.Args = append([]string{"--set", "http.addr=127.0.0.1:0"}, args...)
		wantCode(t, p, exitFailed)
		wantText(t, stdout.String()+stderr.String(), "the database belongs to the project desk, and this is shop",
			"store.sqlite.path, which is data/service.db by default")
	}
}

func TestBackupAndRestore(t *testing.T) {
	p, stdout, stderr := testProgram(t)
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"backup", "b.db"}, exitFailed, "shop: cannot back up the store (sqlite): the database data/service.db cannot be opened"},
		{[]string{"restore", "b.db"}, exitFailed, "shop: cannot restore the store (sqlite): the database b.db cannot be opened"},
		{[]string{"migrate"}, exitDone, "applied"},
		{[]string{"backup", "b.db"}, exitDone, "b.db is a whole backup"},
		{[]string{"backup", "b.db"}, exitFailed, "b.db exists already"},
		{[]string{"restore", "b.db"}, exitDone, "b.db is in place\nWhat was there before is "},
		{[]string{"migrate"}, exitDone, "was up to date"},
	} {
		stdout.Reset()
		stderr.Reset()
		p.Args = step.args
		wantCode(t, p, step.code)
		wantText(t, stdout.String()+stderr.String(), step.says)
	}
}
