package git

import (
	"os/exec"
	"testing"
)

// merge makes kept.go and gone.go differ on two branches, and merges them.
func merge(t *testing.T, dir string) {
	t.Helper()
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "Ada")
		t.Setenv("GIT_"+who+"_EMAIL", "ada@example.com")
	}
	do := func(args ...string) { t.Helper(); command(t, dir, args...) }
	do("checkout", "-qb", "other")
	put(t, dir, "kept.go", "theirs\n")
	do("rm", "-q", "gone.go")
	do("commit", "-qam", "mine")
	do("checkout", "-q", "-")
	put(t, dir, "kept.go", "ours\n")
	put(t, dir, "gone.go", "ours\n")
	do("commit", "-qam", "mine")
	cmd := exec.Command("git", "merge", "other")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("there is no conflict: %s", out)
	}
}

func TestUnmerged(t *testing.T) {
	dir := checkout(t)
	if sides, err := Unmerged(t.Context(), dir); err != nil || len(sides) > 0 {
		t.Errorf("before: %v %v", sides, err)
	}
	merge(t, dir)
	sides, err := Unmerged(t.Context(), dir)
	if err != nil || len(sides) != 2 {
		t.Fatalf("%v %v", sides, err)
	}
	kept, gone := sides["kept.go"], sides["gone.go"]
	if !kept.Whole || string(kept.Base) != "old" || string(kept.Ours) != "ours\n" || string(kept.Theirs) != "theirs\n" {
		t.Errorf("%v", kept)
	}
	if string(gone.Ours) != "ours\n" || gone.Theirs != nil {
		t.Errorf("%v", gone)
	}
	t.Setenv("PATH", t.TempDir())
	if sides, err := Unmerged(t.Context(), dir); err != nil || len(sides) > 0 {
		t.Errorf("without git: %v %v", sides, err)
	}
}
