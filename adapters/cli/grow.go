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
		Short: "Gives a project another service",
		Long: `Gives the project in this folder another service: its domain, ports, use cases, a
subscriber, tests, what is derived of them, and the next migration. Files that were
edited keep every line; where something has no place in them any more, the lines to
add are told and nothing is written.`,
		Example: `  outgrow add service customer name:string email:string? since:time
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
			out.printf("  go run .\n  curl localhost:8080/%s", s.Name.Plural().Kebab())
		})
	}
	return cmd
}

func newAddField(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "field SERVICE FIELD:TYPE...",
		Short: "Gives a service more fields",
		Long: `Gives a service of the project in this folder more fields: in its struct, its rules
and its tests, in what is derived of them, and in the next migration, which says what
is in the rows of before. The places are found also where they have moved to another
file or have another name; every line and comment that was written by hand stays.
Where something has no place any more, the lines to add are told and nothing is
written.`,
		Example: `  outgrow add field order discount:int64? 'tags:[]string'
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
				out.printf("  %s of before: %s", f.Name, f.Type.Before())
			}
		})
	}
	return cmd
}

// parseService reads a service as it is written on a command line.
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

// atLeast returns a check of the number of arguments whose error says what they are.
func atLeast(what string, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return fmt.Errorf("%s takes %s (%s --help tells more)", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}
