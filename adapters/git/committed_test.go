package git

import "testing"

func TestCommitted(t *testing.T) {
	dir := checkout(t)
	put(t, dir, "kept.go", "new")
	put(t, dir, "untracked.go", "new")
	for name, want := range map[string]string{"kept.go": "old", "b c.go": "old", "untracked.go": "", "missing.go": ""} {
		if data, err := Committed(t.Context(), dir, name); err != nil || string(data) != want {
			t.Errorf("%s was committed as %q: %v", name, data, err)
		}
	}
	if data, err := Committed(t.Context(), t.TempDir(), "kept.go"); err != nil || data != nil {
		t.Errorf("where there is no checkout: %q and %v", data, err)
	}
	t.Setenv("PATH", t.TempDir())
	if data, err := Committed(t.Context(), dir, "kept.go"); err != nil || data != nil {
		t.Errorf("without git: %q and %v", data, err)
	}
}
