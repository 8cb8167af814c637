package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newAddService(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service NAME FIELD:TYPE...",
		Short: "Adds a service",
		Long: `Adds a service to the project in the current folder: its domain, ports, use cases,
subscriber, tests and derived files, and the next migration.

Files that were edited keep every line. If a change does not fit into an edited file,
the command prints the lines to add by hand and writes nothing.`,
		Example: `  outgrow add service customer name:string 'email:string?' since:time
  outgrow add service invoice total:int64 status:enum:open,paid --dry-run`,
		Args: atLeast("the name of a service and its fields", 2),
	}
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := parseService(use, args)
		if err != nil {
			return err
		}
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Service(cmd.Context(), s, folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			printAddition(out, a, "serves "+s.Name.Plural().Kebab())
			out.next("go run .", "")
			out.next("curl localhost:8080/"+s.Name.Plural().Kebab(), "")
			sayTenant(out, s)
		})
	}
	return cmd
}

func newAddField(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "field SERVICE FIELD:TYPE...",
		Short: "Adds fields to a service",
		Long: `Adds fields to a service of the project in the current folder: to its struct, its
rules and its tests, to the derived files, and in the next migration, which also sets
the new columns in existing rows.

Code that was moved to another file or renamed is still found, and every line and
comment that you wrote stays. If a change does not fit, the command prints the lines
to add by hand and writes nothing.`,
		Example: `  outgrow add field order 'discount:int64?' 'tags:[]string'
  outgrow add field order priority:enum:low,high --dry-run`,
		Args: atLeast("the name of a service and its new fields", 2),
	}
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := parseService(use, args)
		if err != nil {
			return err
		}
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Fields(cmd.Context(), s, folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			printAddition(out, a, "has "+s.Name.String()+" with "+namesOf(s.Fields))
			for _, f := range s.Fields {
				out.printf("  %s in existing rows: %s", f.Name, f.Type.Before())
			}
			out.said.next("go test ./...", "")
		})
	}
	return cmd
}

// parseService parses a service as written on the command line.
func parseService(use Use, args []string) (blueprint.Service, error) {
	services, err := parse(use, []string{strings.Join(args, " ")})
	if err != nil {
		return blueprint.Service{}, plan.Refuse(err)
	}
	return services[0], nil
}

func namesOf(fields []blueprint.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name.String()
	}
	return strings.Join(names, ", ")
}

// atLeast returns a check of the number of arguments. Its error names the arguments
// that the command takes.
func atLeast(what string, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return fmt.Errorf("%s takes %s (see %s --help)", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}
