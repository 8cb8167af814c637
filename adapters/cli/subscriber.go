package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newAddSubscriber(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "subscriber NAME TOPIC",
		Short: "Adds a subscriber to the events of a topic",
		Long: `Adds a subscriber to the project in the current folder: its code in app/, which logs each
event until you write what it does, its test, and its line in main.go.

It receives each event at least once, with a key that is the same each time. With --tx it
handles them in a transaction instead, and what it changes in stores is kept once.`,
		Example: `  outgrow add subscriber receipt order.created
  outgrow add subscriber total order.created --tx`,
		Args: exactly("the name of a subscriber and a topic", 2),
	}
	tx := cmd.Flags().Bool("tx", false, "handle the events in a transaction")
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		n, err := name.Parse(args[0], use.Language)
		if err != nil {
			return plan.Refuse(fmt.Errorf("subscriber %w", err))
		}
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Subscriber(cmd.Context(), n, args[1], *tx, folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			printAddition(out, a, "subscribes "+n.String()+" to "+args[1])
			out.next("go test ./app", "what it does is yours to write, in app/"+n.Package()+".go")
		})
	}
	return cmd
}
