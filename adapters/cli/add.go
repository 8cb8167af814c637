package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/ports"
)

func newAdd(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Gives a project more than it was made with",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAddAdapter(use, out, errOut))
	return cmd
}

func newAddAdapter(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adapter NAME",
		Short: "Gives a project another adapter to choose from",
		Long: `Gives the project in this folder another adapter of a port: its code, what is
derived for it, its keys in config.yaml, what go.mod needs, and the server in
deploy/compose.yaml. Which adapter is used stays as it is configured. Files that
were edited keep what was written; where that cannot be, the lines to add are
told and nothing is written.`,
		Example: "  outgrow add adapter postgres\n  outgrow list                   # which there are",
		Args:    exactly("the name of an adapter", 1),
	}
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dir, err := filepath.Abs(".")
		if err != nil {
			return err
		}
		defer errOut.progress("reading the project…")()
		return editor{cmd, use, out, errOut}.edit(".", func(folder ports.Folder) (func(), error) {
			added, err := use.Add.Adapter(cmd.Context(), args[0], folder, dir)
			return func() { printAddition(out, args[0], added) }, err
		})
	}
	return cmd
}

// printAddition tells what was added, and how to use it.
func printAddition(out *screen, component string, a app.Addition) {
	for _, f := range a.Changed {
		out.print(out.good("changed ") + f.Path)
	}
	port, _ := blueprint.PortOf(component) // it was added, so there is one
	out.printf("%s %s can use %s: %d files added, %d changed.", out.good("✓"), out.bold(a.Project), component, len(a.New), len(a.Changed))
	out.print("")
	out.printf("  go run . check --set %s.adapter=%s", port.Name, component)
}
