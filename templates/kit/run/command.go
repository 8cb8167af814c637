package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// run runs the command that the arguments name and returns the exit code. An
// error that has not been reported is about the command line.
func (s *service) run(ctx context.Context) int {
	root := s.root()
	s.configure(root)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if r, ok := errors.AsType[reported](err); ok {
		return r.code
	}
	s.complain("%s\n\n%q lists the commands and flags.", err, s.name+" help")
	return exitRefused
}

// root returns the command that serves and has all others below it.
func (s *service) root() *cobra.Command {
	root := &cobra.Command{
		Use:     s.name,
		Version: s.version,
		Long: "Every key of the configuration is a flag, such as --http.addr=:80, which overrides\n" +
			"the variable, " + s.input.Prefix + "_HTTP_ADDR, which overrides the file. The command config prints them.",
		Args:          s.noOther,
		RunE:          s.unlessRefused(s.serve),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(s.args)
	root.SetOut(s.stdout)
	root.SetErr(s.stderr)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetFlagErrorFunc(unknownFlag)
	root.CompletionOptions.HiddenDefaultCmd = true
	s.addFlags(root.PersistentFlags())
	root.AddCommand(
		s.command("serve", "Serve until interrupted (the default)", s.serve),
		s.command("config", "Print every key with its value and where it is set", s.show),
		s.command("check", "Check the configuration and the dependencies", s.check),
		s.migrateCommand(),
		s.deadLetters(),
		s.onFile("backup FILE", "Copy the store to a new file, also while the service is running", s.backup),
		s.onFile("restore FILE", "Put a backup in the place of the store, while the service is not running", s.restore),
		&cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, Run: func(*cobra.Command, []string) {
			s.print("%s %s", s.name, s.version)
		}},
	)
	return root
}

// addFlags adds the flags of every command.
func (s *service) addFlags(flags *pflag.FlagSet) {
	flags.Func("config",
		"the configuration `file`; by default the one that "+s.input.Prefix+"_CONFIG names, or config.yaml in this folder",
		func(path string) error {
			if path == "" {
				return errors.New("must not be empty")
			}
			s.input.File = path
			return nil
		})
	flags.StringArrayVar(&s.input.Set, "set", nil,
		"set a `key=value` of the configuration; --http.addr=:80 is --set http.addr=:80")
	flags.AddFlagSet(s.input.Flags)
}

// action is what a command does.
type action func(ctx context.Context, args []string) error

// command returns a command that takes no arguments.
func (s *service) command(use, short string, do action) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: s.unlessRefused(do)}
}

// unlessRefused returns a function that runs a command unless the configuration
// or the wiring is wrong.
func (s *service) unlessRefused(do action) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if s.err != nil {
			return s.refuse()
		}
		return do(cmd.Context(), args)
	}
}

// noOther accepts no argument: one would be a command that does not exist.
func (s *service) noOther(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if s.err != nil { // it may be a command of the service's own
		return s.refuse()
	}
	var names []string
	for _, cmd := range root.Commands() {
		names = append(names, cmd.Name())
	}
	return fmt.Errorf("there is no command %q%s", args[0], config.DidYouMean(args[0], names))
}

// unknownFlag adds to an error about an unknown flag which one was meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("%w%s", err, config.DidYouMean(unknown.GetSpecifiedName(), names))
}

// configure reads the configuration and adds the commands of the service's own,
// which are known only then.
func (s *service) configure(root *cobra.Command) {
	s.readFlags(root.PersistentFlags())
	s.input.File = s.configFile(s.input.File)
	if s.configured, s.err = s.load(s.input); s.err != nil {
		return
	}
	if s.err = fx.New(fx.NopLogger, s.wiring, fx.Populate(&s.parts)).Err(); s.err != nil {
		return
	}
	const name = `name:"own command"`
	for _, own := range s.parts.Commands {
		own.cmd.RunE = s.unlessRefused(func(ctx context.Context, args []string) error {
			var do func(context.Context, []string) error
			get := fx.Options(
				fx.Provide(fx.Annotate(own.constructor, fx.ResultTags(name))),
				fx.Populate(fx.Annotate(&do, fx.ParamTags(name))),
			)
			return s.with(ctx, "run "+own.cmd.Name(), get, func() error { return do(ctx, args) })
		})
		root.AddCommand(own.cmd)
	}
}

// readFlags reads the flags of every command from the arguments, wherever they
// stand among others, which are not known yet. Cobra reads them again, and
// reports what is wrong with them.
func (s *service) readFlags(flags *pflag.FlagSet) {
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	_ = flags.Parse(s.args)
}

// with constructs what the option asks for, beside a service that may be
// running, calls fn, and stops what was constructed. do names what cannot be
// done if that fails.
func (s *service) with(ctx context.Context, do string, option fx.Option, fn func() error) error {
	app := fx.New(s.graph(ctx, beside), option)
	if err := app.Start(ctx); err != nil {
		return s.fail(do, err)
	}
	err := fn()
	if err := app.Stop(context.WithoutCancel(ctx)); err != nil {
		s.complain("cannot close everything: %s", oneLine(err))
	}
	if _, ok := errors.AsType[reported](err); err != nil && !ok {
		return s.failed(err)
	}
	return err
}
