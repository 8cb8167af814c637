package sqlitestore

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// killVariable holds the path of the database that TestKilled is to write to.
const killVariable = "SQLITE_KILL_PATH"

// TestKilled writes rows with events from many goroutines, and prints the number
// of each once it was acknowledged, until it is killed by TestKillLosesNothing.
func TestKilled(t *testing.T) {
	path := os.Getenv(killVariable)
	if path == "" {
		return
	}
	db := openWith(t, path, textCodec{})
	insert := killStatement(t, db, `INSERT INTO "idempotency_key" VALUES (?, x'00', 0, '', x'00', 0)`)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for {
				n := kit.NewUUID().String()
				err := db.Within(t.Context(), func(ctx context.Context) error {
					if _, err := insert.Exec(ctx, n); err != nil {
						return err
					}
					return db.Emit(ctx, textEvent{n})
				})
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Println("acked", n)
			}
		})
	}
	all.Wait()
}

func killStatement(t *testing.T, db *DB, text string) (s *Statement) {
	t.Helper()
	mustPrepare(t, db, map[**Statement]string{&s: text})
	return s
}

// TestKillLosesNothing kills a writing process again and again: every row that
// was acknowledged must be there, and each with its event and none without.
func TestKillLosesNothing(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "killed.db")
	acked := map[string]bool{}
	for kill := range 6 {
		cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killVariable+"="+path)
		killAfter(t, cmd, 200+37*kill, acked)
	}
	db := openWith(t, path, textCodec{})
	rows := stringSet(t, killStatement(t, db, `SELECT "key" FROM "idempotency_key"`))
	events := stringSet(t, killStatement(t, db, `SELECT json_extract("payload", '$.Text') FROM "outbox"`))
	for n := range acked {
		if !rows[n] {
			t.Errorf("%s was acknowledged and is lost", n)
		}
	}
	for n := range rows {
		if !events[n] {
			t.Errorf("%s is there without its event", n)
		}
	}
	if len(rows) != len(events) {
		t.Errorf("there are %d rows and %d events", len(rows), len(events))
	}
}

// killAfter runs the command and kills it after so many acknowledgements.
func killAfter(t *testing.T, cmd *exec.Cmd, acks int, acked map[string]bool) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); {
		var n string
		if _, err := fmt.Sscanf(lines.Text(), "acked %s", &n); err != nil || len(n) != 36 {
			t.Log(strconv.Quote(lines.Text())) // a failure, or cut off by the kill
			continue
		}
		acked[n] = true
		if seen++; seen == acks {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // it was killed
}

func stringSet(t *testing.T, s *Statement) map[string]bool {
	t.Helper()
	set := map[string]bool{}
	err := s.Rows(t.Context(), func(row Scanner) error {
		var value string
		err := row.Scan(&value)
		set[value] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}
