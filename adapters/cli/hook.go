package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

func newAddJob(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "job NAME",
		Short: "Adds work that is done at times, or for as long as the service runs",
		Long: `Adds a job to the project in the current folder: its code in app/, its test, and its
line in main.go.

With --every or --cron it is done at these times, once across all processes. That takes
the port schedule, which the project gets if it does not have it: an event of the job's
own in domain/ is emitted when it is due, and the job is a subscriber to it. So it is
retried as any other, and is not lost if a process dies. With --tx it is done in a
transaction, and what it changes in stores is kept once.

With neither it is background work, which every process of the service does from its
start to its end.`,
		Example: `  outgrow add job cleanup --every 1h
  outgrow add job report --cron '30 6 * * mon-fri' --zone Europe/Berlin
  outgrow add job poller         # in every process, for as long as it runs`,
		Args: exactly("the name of a job", 1),
	}
	var h blueprint.Hook
	cmd.Flags().DurationVar(&h.Every, "every", 0, "how often it is done, such as 1h or 90s")
	cmd.Flags().StringVar(&h.Cron, "cron", "", "when it is done: minute, hour, day of the month, month, day of the week")
	cmd.Flags().StringVar(&h.Zone, "zone", "UTC", "the time zone of --cron")
	cmd.Flags().BoolVar(&h.Tx, "tx", false, "do it in a transaction")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case cmd.Flags().Changed("every") && h.Every < time.Second:
			return plan.Refuse(errors.New("--every must be at least 1s"))
		case cmd.Flags().Changed("cron") && h.Cron == "", cmd.Flags().Changed("zone") && h.Cron == "":
			return plan.Refuse(errors.New("--cron is empty; write five fields, such as '30 6 * * mon-fri'"))
		}
		h.Kind = blueprint.Job
		return addHook(cmd, use, out, errOut, h, args[0], func(h blueprint.Hook) {
			out.next("go test ./app", "what it does is yours to write, in app/"+h.Name.Package()+".go")
			if h.Timed() {
				out.next("go run . schedule", "lists what is due next; see kit/docs/schedule.md")
			}
		})
	}
	return hook(cmd)
}

func newAddCommand(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "command NAME",
		Short: "Adds a command to the program of the service",
		Long: `Adds a command to the program of the service in the current folder: its code beside
main.go, its test, and its line in main.go. It takes whatever else is provided, such as
ports, and constructs nothing but that; it may run while the service does.`,
		Example: `  outgrow add command reindex
  go run . reindex`,
		Args: exactly("the name of a command", 1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		h := blueprint.Hook{Kind: blueprint.Command}
		return addHook(cmd, use, out, errOut, h, args[0], func(h blueprint.Hook) {
			out.next("go run . "+h.Name.Kebab(), "what it does is yours to write; see kit/docs/command.md")
		})
	}
	return hook(cmd)
}

func newAddMiddleware(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "middleware NAME",
		Short: "Adds middleware around the HTTP server",
		Long: `Adds middleware to the project in the current folder: its code beside main.go, its test,
and its line in main.go, after that of other middleware, which is around it.`,
		Example: "  outgrow add middleware audit",
		Args:    exactly("the name of middleware", 1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		h := blueprint.Hook{Kind: blueprint.Middleware}
		return addHook(cmd, use, out, errOut, h, args[0], func(blueprint.Hook) {
			out.next("go test .", "what it does is yours to write; see kit/docs/middleware.md")
		})
	}
	return hook(cmd)
}

func newAddConfig(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config SECTION.KEY=DEFAULT...",
		Short: "Adds keys of the service's own to its configuration",
		Long: `Adds keys to the configuration of the project in the current folder: a field in a struct
in app/ that is the section, its default and what it means in config.yaml, and a test that
it is read. A new section is a field of Config, and any constructor can take its struct.

The default tells the type: true or false, whole numbers, numbers with a point, durations
(15s), lists ([a, b]), and otherwise text. What the key means follows after " # ". A key
whose name ends with password, secret or token is a kit.Secret without a default.`,
		Example: `  outgrow add config 'orders.max_total=1000000 # the largest total of an order, in cents'
  outgrow add config mail.from=shop@example.com mail.timeout=5s mail.password=`,
		Args: atLeast("keys with their defaults", 1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		sections, err := blueprint.ParseSections(args, use.Language)
		if err != nil {
			return plan.Refuse(err)
		}
		add := func(folder ports.Folder, dir string) (app.Addition, error) {
			return use.Add.Sections(cmd.Context(), sections, folder, dir)
		}
		return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
			printAddition(out, a, "can be configured")
			var types []string
			for _, s := range sections {
				types = append(types, "app."+s.Name.Pascal()+"Config")
			}
			out.next("go run . config", "constructors can take "+strings.Join(types, ", ")+"; see kit/docs/config.md")
		})
	}
	return hook(cmd)
}

// hook adds the flags of commands that edit the user's own files.
func hook(cmd *cobra.Command) *cobra.Command {
	flagDryRun(cmd)
	flagAllowDirty(cmd)
	return cmd
}

// addHook adds a hook with the name.
func addHook(cmd *cobra.Command, use Use, out, errOut *screen, h blueprint.Hook, text string, next func(blueprint.Hook)) (err error) {
	if h.Name, err = name.Parse(text, use.Language); err != nil {
		return plan.Refuse(fmt.Errorf("%s %w", h.Kind, err))
	}
	add := func(folder ports.Folder, dir string) (app.Addition, error) {
		return use.Add.Hook(cmd.Context(), h, folder, dir)
	}
	return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
		printAddition(out, a, fmt.Sprintf("has the %s %s", h.Kind, h.Name.Kebab()))
		next(h)
	})
}
