package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/ports"
)

func newAdd(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Adds a service, a field, an adapter or a port to a project",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAddService(use, out, errOut), newAddField(use, out, errOut), newAddAdapter(use, out, errOut), newAddPort(use, out, errOut))
	return cmd
}

func newAddAdapter(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adapter NAME",
		Short: "Adds an adapter to choose from",
		Long: `Adds an adapter of a port to the project in the current folder: its code, its derived
files, its keys in config.yaml, its requirements in go.mod, and its server in
deploy/compose.yaml. The configuration still decides which adapter is used. Where
several ports have an adapter of the name, write the port before it: cache/redis.

Files that were edited keep every edit. If a change does not fit into an edited file,
the command prints the lines to add by hand and writes nothing.`,
		Example: "  outgrow add adapter postgres\n  outgrow list                   # lists the adapters",
		Args:    exactly("the name of an adapter", 1),
	}
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Adapter(cmd.Context(), args[0], folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			port, name, _ := strings.Cut(a.Component, "/")
			printAddition(out, a, "can use "+args[0])
			if _, err := os.Stat("vendor/modules.txt"); err == nil {
				out.print("  go mod vendor     " + out.faint("# go.mod has changed"))
			}
			out.printf("  go run . check --set %s.adapter=%s", port, name)
		})
	}
	return cmd
}

func newAddPort(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "port NAME",
		Short: "Adds a port that not every project has",
		Long: `Adds a port to the project in the current folder, with the adapter that needs nothing
installed, as outgrow add adapter adds that adapter: its code, its derived files, its keys
in config.yaml, and its requirements in go.mod.`,
		Example: "  outgrow add port cache\n  outgrow add port blobs\n  outgrow list                   # lists the ports and their adapters",
		Args:    exactly("the name of a port", 1),
	}
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Port(cmd.Context(), args[0], folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			printAddition(out, a, "has "+blueprint.A(args[0]))
			out.printf("  go run . check    %s", out.faint("# see kit/docs/"+args[0]+".md"))
		})
	}
	return cmd
}

// add changes the project in the current folder, and then reports what it added.
func (e editor) add(change func(folder ports.Folder, dir string) (app.Addition, error), tell func(app.Addition)) error {
	dir, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	defer e.errOut.progress("reading the project…")()
	return e.edit(".", func(folder ports.Folder) (func(), error) {
		added, err := change(folder, dir)
		return func() { tell(added) }, err
	})
}

// printAddition prints what was added.
func printAddition(out *screen, a app.Addition, now string) {
	for _, f := range a.Changed {
		if !app.IsDerived(f.Path) {
			out.print(out.good("changed ") + f.Path)
		}
	}
	out.printf("%s %s %s: %d files added, %d changed.", out.good("✓"), out.bold(a.Project), now, len(a.New), len(a.Changed))
	out.print("")
}
