package record

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const heading = `# The record of this project, maintained by outgrow
# (go install github.com/outgrowkit/outgrow@latest). The code does not depend on it:
# the project builds without this file and that command.
`

// Write returns the file for a record.
func (r *Records) Write(rec blueprint.Record) plan.File {
	return plan.File{Path: File, Data: text(rec)}
}

func text(r blueprint.Record) []byte {
	var b bytes.Buffer
	b.WriteString(heading)
	fmt.Fprintf(&b, "format: %d\nkit: %s\n", blueprint.Format, r.Kit)
	fmt.Fprintf(&b, "name: %s\nmodule: %s\n", r.Blueprint.Name, r.Blueprint.Module)
	fmt.Fprintf(&b, "components: [%s]\n", strings.Join(r.Blueprint.Components(), ", "))
	if len(r.Blueprint.Allowed) > 0 {
		b.WriteString("\n# What outgrow check allows.\nallow:\n")
	}
	for _, a := range r.Blueprint.Allowed {
		fmt.Fprintf(&b, "  - rule: %s\n    for: %q\n    reason: %q\n", a.Rule, a.For, a.Reason)
	}
	b.WriteString("\n# What the services were scaffolded from. The Go code has the last word.\nservices:\n")
	for _, s := range r.Blueprint.Services {
		fmt.Fprintf(&b, "  - name: %s\n    fields:\n", s.Name)
		for _, f := range s.Fields {
			fmt.Fprintf(&b, "      - %s:%s\n", f.Name, f.Type)
		}
	}
	return b.Bytes()
}
