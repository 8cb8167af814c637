package cli

import (
	"fmt"
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
		Short: "Adds a service, a field, an adapter, a port or other parts to a project",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAddService(use, out, errOut), newAddField(use, out, errOut), newAddAdapter(use, out, errOut), newAddPort(use, out, errOut),
		newAddSubscriber(use, out, errOut), newAddJob(use, out, errOut), newAddCommand(use, out, errOut), newAddMiddleware(use, out, errOut), newAddConfig(use, out, errOut))
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

For a port of your own, write PORT/NAME. The interface is read as it is in ports/ now, and
you write what the methods do.

Files that were edited keep every edit. If a change does not fit into an edited file,
the command prints the lines to add by hand and writes nothing.`,
		Example: `  outgrow add adapter postgres
  outgrow add adapter mailer/ses # of a port of your own
  outgrow list                   # lists the adapters`,
		Args: exactly("the name of an adapter", 1),
	}
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if isOwn(args[0]) {
			return addOwnAdapter(cmd, use, out, errOut, args[0])
		}
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Adapter(cmd.Context(), args[0], folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			port, name, _ := strings.Cut(a.Component, "/")
			printAddition(out, a, "can use "+args[0])
			if _, err := os.Stat("vendor/modules.txt"); err == nil {
				out.next("go mod vendor", "go.mod has changed")
			}
			out.next(fmt.Sprintf("go run . check --set %s.adapter=%s", port, name), "")
		})
	}
	return cmd
}

func newAddPort(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "port NAME [METHOD...]",
		Short: "Adds a port that not every project has, or one of your own",
		Long: `Adds a port to the project in the current folder.

A port of the kit, such as cache, comes with the adapter that needs nothing installed, as
outgrow add adapter adds that adapter: its code, its derived files, its keys in
config.yaml, and its requirements in go.mod.

A port of your own has methods, each written as NAME(PARAMETER:TYPE ...) RESULT, with at
most one result, and the types that fields have. Each takes a context first and returns an
error last. The command writes the interface, the tests that every adapter has to pass,
and the adapters, and wires them: the key NAME.adapter selects one. The first needs nothing
installed, and logs its calls. What the others do is yours to write: until then they are
Unavailable, and their tests fail.`,
		Example: `  outgrow add port cache
  outgrow add port blobs
  outgrow add port mailer 'Send(to:string subject:string body:text)' --adapters console,smtp
  outgrow add port payments 'Charge(amount:int64 card:string) string' 'Refund(charge:string)'
  outgrow list                   # lists the ports and their adapters`,
		Args: atLeast("the name of a port", 1),
	}
	adapters := cmd.Flags().StringSlice("adapters", []string{"console"}, "the adapters of a port of your own, the default first")
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 || cmd.Flags().Changed("adapters") {
			return addOwnPort(cmd, use, out, errOut, args, *adapters)
		}
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Port(cmd.Context(), args[0], folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			printAddition(out, a, "has "+blueprint.A(args[0]))
			out.next("go run . check", "see kit/docs/"+args[0]+".md")
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

// filesOf counts files.
func filesOf(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// printAddition prints what was added.
func printAddition(out *screen, a app.Addition, now string) {
	for _, f := range a.Changed {
		if !app.IsDerived(f.Path) {
			out.print(out.good("changed ") + f.Path)
		}
	}
	for _, c := range a.Breaking {
		printChange(out, c)
	}
	out.done(a.Project, fmt.Sprintf("%s: %s added, %d changed.", now, filesOf(len(a.New)), len(a.Changed)))
	out.print("")
}
