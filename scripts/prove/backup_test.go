package prove

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"testing"
)

// TestBackupUnderLoad makes backups of a service on SQLite that takes orders, kills it and
// restores each. Every order is there that was acknowledged before the backup began, and
// every effect of an event once.
func TestBackupUnderLoad(t *testing.T) {
	binary := shopWithReceipts(t).binary
	dir, addr := t.TempDir(), freeAddr(t)
	s := start(t, binary, dir, addr, "--set", "log.level=error")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan []string, 1)
	go func() { ended <- orderUntil(ctx, s, 8) }()
	acked := map[string]bool{}
	var before [3]map[string]bool
	for i := range before {
		for range 20 {
			a := s.must(t, http.StatusCreated, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
			acked[a.value(t)["id"].(string)] = true
		}
		before[i] = maps.Clone(acked)
		command(t, dir, binary, "backup", fmt.Sprint("backup", i))
	}
	refused, _ := mustNotStart(t, binary, dir, nil, "restore", "backup0")
	fmt.Print(refused)
	s.kill()
	stop()
	load := len(<-ended)
	for i, want := range before {
		command(t, dir, binary, "restore", fmt.Sprint("backup", i))
		command(t, dir, binary, "check", "--set", "http.addr="+addr)
		s := start(t, binary, dir, addr, "--set", "log.level=error")
		got := s.settle(t, 1, want)
		fmt.Printf("backup %d beside %d other orders: %s\n", i, load, got)
		if got.lost != 0 || got.duplicated != 0 || got.unfounded != 0 {
			t.Errorf("backup %d: %s", i, got)
		}
		s.stop(t)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "data", "service.db.before-*"))
	if err != nil || len(kept) < len(before) {
		t.Errorf("what was there before is in %q, %v", kept, err)
	}
}
