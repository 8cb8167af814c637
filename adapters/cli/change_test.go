package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/memory"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// TestPrintChanges shows what is printed for each kind of change, with and without color.
func TestPrintChanges(t *testing.T) {
	there := plan.NewTree([]plan.File{
		{Path: "changed.go", Data: []byte("a\nold\nb")}, {Path: "gone.go", Data: []byte("gone\n")}, {Path: "same.go", Data: []byte("same\n")},
	})
	outcome := memory.Over(there, "shop")
	err := outcome.Update([]plan.File{
		{Path: "changed.go", Data: []byte("a\nnew\nb\n")}, {Path: "new.go", Data: []byte("new\n")}, {Path: "same.go", Data: []byte("same\n")},
	}, []string{"gone.go", "never.go"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		color bool
		want  string
	}{
		{false, `~ changed.go
- gone.go
+ new.go

--- a/changed.go
+++ b/changed.go
@@ -1,3 +1,3 @@
 a
-old
-b
\ No newline at end of file
+new
+b

1 new, 1 changed, 1 removed; nothing was written
`},
		{true, "[1m~[0m changed.go\n[31m-[0m gone.go\n[32m+[0m new.go\n\n[1m--- a/changed.go[0m\n[1m+++ b/changed.go[0m\n" +
			"[2m@@ -1,3 +1,3 @@[0m\n a\n[31m-old[0m\n[31m-b[0m\n\\ No newline at end of file\n[32m+new[0m\n[32m+b[0m\n\n1 new, 1 changed, 1 removed; nothing was written\n"},
	} {
		var printed bytes.Buffer
		if err := printChanges(&screen{w: &printed, color: c.color, said: newAnswer()}, there, outcome); err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(printed.String(), "\x1b", ""); got != c.want {
			t.Errorf("color %t:\n%s\nwant:\n%s", c.color, got, c.want)
		}
	}
}
