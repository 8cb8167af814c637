package prove

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// meddlings are what people do to a folder in which a command was killed.
var meddlings = []struct {
	name string
	do   func(t *testing.T, dir string)
}{
	{"git restore .", func(t *testing.T, dir string) { command(t, dir, "git", "restore", ".") }},
	{"git stash -u", func(t *testing.T, dir string) { command(t, dir, "git", "stash", "-u") }},
	{"git switch", func(t *testing.T, dir string) { command(t, dir, "git", "switch", "-f", "other") }},
	{"git clean", func(t *testing.T, dir string) { command(t, dir, "git", "clean", "-fd") }},
	{"edit", func(t *testing.T, dir string) {
		for _, name := range []string{edited, "adapters/sqlite/order_gen.go"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			putFile(t, filepath.Join(dir, name), string(data)+mine)
		}
	}},
	{"remove", func(t *testing.T, dir string) {
		if err := os.RemoveAll(filepath.Join(dir, "adapters/sqlite/order_gen.go")); err != nil {
			t.Fatal(err)
		}
	}},
}

// edited is a file of the owner's that the killed command changes, and mine what is
// written into it in the meantime.
const (
	edited = "app/orders.go"
	mine   = "\n// Written by hand.\n"
)

// TestInterruptedThenChanged kills a command while it writes, changes the folder with git
// or by hand, and goes on with outgrow generate. Then the folder is whole, or what was
// said names the file that is not, and every edit is still there.
func TestInterruptedThenChanged(t *testing.T) {
	c := interruptibles[len(interruptibles)-1]
	make := c.before
	c.before = func(t *testing.T, dir string) {
		make(t, dir)
		dir = filepath.Join(dir, "shop")
		commit := func() {
			command(t, dir, "git", "add", "-A")
			command(t, dir, "git", "-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "-qm", "as it was")
		}
		command(t, dir, "git", "init", "-qb", "main")
		command(t, dir, "git", "config", "user.name", "me")
		command(t, dir, "git", "config", "user.email", "me@example.com")
		commit()
		command(t, dir, "git", "switch", "-qc", "other")
		command(t, dir, outgrow, "add", "field", "order", "remark:text?")
		commit()
		command(t, dir, "git", "switch", "-q", "main")
	}
	r := newRehearsal(t, c)
	midway := 0
	for i := range 6 * *interruptions {
		if midway >= max(*interruptions, len(meddlings)) {
			break
		}
		dir := r.again(t)
		r.interrupt(t, dir, 4*i+3)
		shop := filepath.Join(dir, r.dir)
		if len(decided(t, shop)) == 0 {
			continue
		}
		m := meddlings[midway%len(meddlings)]
		midway++
		if status := command(t, shop, "git", "status", "--porcelain", "--ignored=no"); strings.Contains(status, ".outgrow-") {
			t.Fatalf("git sees the stage:\n%s", status)
		}
		m.do(t, shop)
		said, ok := ran(shop, "generate")
		if refused := !ok; refused && (m.name != "edit" || !strings.Contains(said, "adapters/sqlite/order_gen.go")) {
			t.Errorf("after %s, generate: %s", m.name, said)
		}
		if len(decided(t, shop)) > 0 {
			t.Errorf("after %s, the folder is blocked: %s", m.name, said)
		}
		if found, whole := ran(shop, "check"); !whole && (m.name != "edit" || !strings.Contains(said+found, "order_gen.go")) {
			t.Errorf("after %s:\n%s\n%s", m.name, said, found)
		}
		if data, err := os.ReadFile(filepath.Join(shop, edited)); err != nil || m.name == "edit" && !strings.HasSuffix(string(data), mine) {
			t.Errorf("%s is lost: %v", edited, err)
		}
	}
	fmt.Printf("killed midway, then changed by git or hand: %d\n", midway)
	if midway < len(meddlings) {
		t.Errorf("only %d were killed midway", midway)
	}
}

// ran runs outgrow in a folder and returns what it says, and whether it succeeded.
func ran(dir string, args ...string) (said string, ok bool) {
	cmd := exec.Command(outgrow, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}
