// Package cli is outgrow on the command line.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1 // it was tried, or looked at, and is not as it should be
	exitRefused = 2 // what was asked for cannot be done; nothing was written
)

// Use is the use cases that the commands offer.
type Use struct {
	New      *app.New
	Generate *app.Generator
	Records  *record.Reader
	Language name.Language
	Version  string
}

// Run runs the command line and returns the exit code.
func Run(ctx context.Context, use Use, args []string, out, errOut io.Writer) int {
	root := newRoot(use, newScreen(out), newScreen(errOut))
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	return report(err, newScreen(errOut))
}

func newRoot(use Use, out, errOut *screen) *cobra.Command {
	root := &cobra.Command{
		Use:   "outgrow",
		Short: "Starts Go services as ports and adapters that run on one machine until it is not enough",
		Long: `outgrow starts Go services as ports and adapters. A new project runs at once, on
SQLite and Go channels, with nothing to install; its parts are swapped by
configuration when one machine is not enough.

What is not written by hand, mappings to SQL, JSON and HTTP, is derived from the
plain Go of the project's domain and ports, as often as they change.`,
		Example:       "  outgrow new shop\n  cd shop && go run .",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return app.Refusal{Reason: fmt.Errorf("%w (%s --help tells more)", err, cmd.CommandPath())}
	})
	root.AddCommand(newNew(use, out), newGenerate(use, out, errOut), newList(use, out), newVersion(use, out))
	return root
}

// settings returns a command's flags, each of which a variable can set as well:
// OUTGROW_DRY_RUN for --dry-run.
func settings(flags *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	v.SetEnvPrefix("outgrow")
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	return v, v.BindPFlags(flags)
}

// exactly returns a check of the number of arguments whose error says what they
// are.
func exactly(what string, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return app.Refusal{Reason: fmt.Errorf("%s takes %s (%s --help tells more)", cmd.CommandPath(), what, cmd.CommandPath())}
		}
		return nil
	}
}

// errStale is the error of a check that has printed what it found.
var errStale = errors.New("stale")

// report prints an error and returns the exit code.
func report(err error, to *screen) int {
	var problems model.Problems
	var refusal app.Refusal
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errStale):
		return exitFailed
	case errors.As(err, &problems):
		to.print(problems.Error())
		return exitFailed
	case errors.As(err, &refusal), strings.HasPrefix(err.Error(), "unknown command"):
		to.print(to.bad("outgrow: ") + firstLine(err.Error()))
		return exitRefused
	}
	to.print(to.bad("outgrow: ") + err.Error())
	return exitFailed
}

// firstLine returns the first line and says how many there are besides.
func firstLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) == 1 || strings.HasPrefix(lines[1], "\t") || lines[1] == "" {
		return lines[0]
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", len("outgrow: ")))
}
