// Package cli is the command-line interface of outgrow.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/outgrowkit/outgrow/adapters/git"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1 // the command failed, or found something wrong
	exitRefused = 2 // the request cannot be carried out; nothing was written
)

// Use holds the use cases that the commands offer.
type Use struct {
	New      *app.New
	Refresh  *app.Refresh
	Add      *app.Add
	Check    *app.Check
	Routes   *app.Routes
	Records  app.Records
	Language name.Language
	Version  app.Version
}

// Run runs the command line and returns the exit code.
func Run(ctx context.Context, use Use, args []string, out, errOut io.Writer) int {
	began, to := false, newScreen(out)
	root := newRoot(use, to, newScreen(errOut))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		began = true
		v, err := settings(cmd.Flags())
		if err == nil && v.GetBool("json") && answers(cmd) {
			to.answerInJSON()
		}
		return errors.Join(err, checkHere())
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteContextC(ctx)
	if !began && err != nil {
		err = plan.Refuse(err) // the command line itself is wrong
		if slices.Contains(args, "--json") {
			to.answerInJSON()
		}
	}
	code := report(err, newScreen(errOut))
	if to.json != nil {
		to.said.Command = cmd.CommandPath()
		if err := to.said.print(to.json, code, err); err != nil {
			return exitFailed
		}
	}
	return code
}

// answers reports whether a command has an answer, and does not print a text to be read as
// it is.
func answers(cmd *cobra.Command) bool {
	return !cmd.HasSubCommands() && cmd.Parent().Name() != "completion"
}

// checkHere refuses to run in a folder that no longer exists.
func checkHere() error {
	if _, err := os.Getwd(); err != nil {
		return plan.Refuse(errors.New("the current folder no longer exists; change to another one"))
	}
	return nil
}

func newRoot(use Use, out, errOut *screen) *cobra.Command {
	root := &cobra.Command{
		Use:   "outgrow",
		Short: "Scaffolds Go services as ports and adapters, ready to outgrow one machine",
		Long: `outgrow scaffolds Go services as ports and adapters. A new project runs right away
on SQLite and Go channels, with nothing to install. When one machine is no longer
enough, its adapters are swapped by configuration.

The mappings to SQL, JSON and HTTP are derived from the plain Go code in the
project's domain and ports, again whenever they change.

A command that is interrupted, even by kill -9, has changed nothing or everything, or
leaves a folder .outgrow-… in the project. The next command that writes then finishes
the interrupted one before it does anything else.

With --json each command prints one object: what it did to which files, what is wrong
with file, line and message, and next_steps. Exit codes are the same: 0 if it is done,
1 if it failed or found something, 2 if it was refused and wrote nothing.`,
		Example:       "  outgrow new shop\n  cd shop && go run .",
		Version:       fmt.Sprintf("%s %s %s/%s", use.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("outgrow {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
	})
	root.PersistentFlags().Bool("json", false, "print the outcome in JSON, with the files, what is wrong, and next_steps")
	root.AddCommand(newNew(use, out, errOut), newGenerate(use, out, errOut), newAdd(use, out, errOut), newCheck(use, out, errOut), newRoutes(use, out, errOut), newList(use, out), newVersion(out))
	return root
}

// settings returns a command's flags. Each can also be set by an environment
// variable, such as OUTGROW_DRY_RUN for --dry-run.
func settings(flags *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	v.SetEnvPrefix("outgrow")
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	return v, v.BindPFlags(flags)
}

// exactly returns a check of the number of arguments. Its error names the arguments
// that the command takes.
func exactly(what string, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%s takes %s (see %s --help)", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}

// knownCommand rejects the name of an unknown command.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("unknown command %.40q%s; run %s --help for a list", args[0], blueprint.Suggest(args[0], names), cmd.CommandPath())
}

// errStale is the error of a check that has already printed what is stale.
var errStale = errors.New("stale")

// report prints an error and returns the exit code.
func report(err error, to *screen) int {
	var problems model.Problems
	var refusal plan.Refusal
	var byHand app.ByHand
	var broken app.Broken
	var unfit app.Unfit
	var dirty git.DirtyError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errStale), errors.Is(err, errFound):
		return exitFailed
	case errors.As(err, &broken):
		to.print(broken.Error())
		to.print(to.bad("outgrow: ") + "the project would not compile; nothing was written")
		return exitFailed
	case errors.As(err, &unfit):
		to.print(shown(unfit.Error()))
		to.print(to.bad("outgrow: ") + "nothing was written")
		return exitFailed
	case errors.As(err, &problems):
		to.print(shown(problems.Error()))
		return exitFailed
	case errors.As(err, &byHand):
		to.print(shown(byHand.Error()))
		to.print(to.bad("outgrow: ") + "nothing was written")
		return exitFailed
	case errors.As(err, &dirty):
		to.print(to.bad("outgrow: ") + dirty.Error() + ": commit them, or add --allow-dirty; nothing was written")
		return exitFailed
	case errors.Is(err, context.Canceled):
		to.print(to.bad("outgrow: ") + "interrupted; nothing was written")
		return exitFailed
	case errors.Is(err, errDeclined):
		to.print("nothing was written")
		return exitFailed
	}
	to.print(to.bad("outgrow: ") + indented(plainly(err)))
	if errors.As(err, &refusal) {
		return exitRefused
	}
	return exitFailed
}
