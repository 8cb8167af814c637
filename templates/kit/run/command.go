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

// flags are the flags of every command.
type flags struct {
	file string
	set  []string
	keys *pflag.FlagSet // a flag for each key of the configuration
}

func (f *flags) addTo(to *pflag.FlagSet, p *program) {
	to.Var((*notEmpty)(&f.file), "config",
		"the configuration file; by default the one that "+p.prefix+"_CONFIG names, or config.yaml in this folder")
	to.StringArrayVar(&f.set, "set", nil, "set a `key=value` of the configuration; --http.addr=:80 is --set http.addr=:80")
	to.AddFlagSet(f.keys)
}

// notEmpty is the value of a flag that must not be empty.
type notEmpty string

func (v *notEmpty) String() string { return string(*v) }
func (*notEmpty) Type() string     { return "file" }

func (v *notEmpty) Set(text string) error {
	if text == "" {
		return errors.New("must not be empty")
	}
	*v = notEmpty(text)
	return nil
}

// readFlags reads the flags of every command from the arguments. Which commands
// and other flags there are is known only once the configuration is read.
func (p *program) readFlags() (flags, error) {
	keys, err := p.keys()
	if err != nil {
		return flags{}, err
	}
	f := flags{keys: keys}
	set := pflag.NewFlagSet(p.name, pflag.ContinueOnError)
	set.ParseErrorsAllowlist.UnknownFlags = true
	set.Usage = func() {}
	f.addTo(set, p)
	_ = set.Parse(p.args) // cobra parses them again and reports the error
	return f, nil
}

// run runs the command that the arguments name and returns the exit code.
func (p *program) run(ctx context.Context) int {
	f, err := p.readFlags()
	if err != nil {
		return p.exitCode(p.refuse(err))
	}
	s, err := p.load(f)
	c := &commands{program: p, service: s, err: err}
	if err := c.root().ExecuteContext(ctx); err != nil {
		return p.exitCode(err)
	}
	return exitDone
}

// exitCode returns the code for the error of a command. One that has not been
// reported is about the command line.
func (p *program) exitCode(err error) int {
	if r, ok := errors.AsType[reported](err); ok {
		return r.code
	}
	p.complain("%s\n\n%q lists the commands and flags.", err, p.name+" help")
	return exitRefused
}

// commands are the commands of the program.
type commands struct {
	*program
	service *service // nil if its configuration is wrong
	err     error    // why it is
	wiring  error    // why the wiring cannot be read
}

// root returns the command that serves and has all others below it.
func (c *commands) root() *cobra.Command {
	root := &cobra.Command{
		Use:     c.name,
		Version: c.version,
		Long: "Every key of the configuration is a flag, such as --http.addr=:80, which overrides\n" +
			"the variable, " + c.prefix + "_HTTP_ADDR, which overrides the file. The command config prints them.",
		Args:          c.noOther,
		RunE:          c.configured((*service).serve),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(c.args)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetFlagErrorFunc(unknownFlag)
	root.CompletionOptions.HiddenDefaultCmd = true
	keys, _ := c.keys() // they have been read before
	(&flags{keys: keys}).addTo(root.PersistentFlags(), c.program)
	root.AddCommand(
		&cobra.Command{Use: "serve", Short: "Serve until interrupted (the default)", Args: cobra.NoArgs, RunE: root.RunE},
		&cobra.Command{Use: "config", Short: "Print every key with its value and where it is set", Args: cobra.NoArgs, RunE: c.configured((*service).show)},
		&cobra.Command{Use: "check", Short: "Check the configuration and the dependencies", Args: cobra.NoArgs, RunE: c.configured((*service).check)},
		&cobra.Command{Use: "migrate", Short: "Bring the tables of the store up to date", Args: cobra.NoArgs, RunE: c.configured((*service).migrate)},
		c.deadLetters(),
		&cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
			c.print("%s %s", c.name, c.version)
			return nil
		}},
	)
	c.addOwn(root)
	return root
}

// noOther accepts no argument: one would be a command that does not exist.
func (c *commands) noOther(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.err != nil || c.wiring != nil { // it may be a command of the service's own
		return root.RunE(root, nil)
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

// configured returns a function that runs a command unless the configuration is
// wrong.
func (c *commands) configured(do func(s *service, ctx context.Context) error) func(*cobra.Command, []string) error {
	return c.withArgs(func(s *service, ctx context.Context, _ []string) error { return do(s, ctx) })
}

func (c *commands) withArgs(do func(s *service, ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case c.err != nil:
			return c.refuse(c.err)
		case c.wiring != nil:
			return c.fail("start", c.wiring, c.service.loaded)
		}
		return do(c.service, cmd.Context(), args)
	}
}

// addOwn adds the commands of the service's own.
func (c *commands) addOwn(root *cobra.Command) {
	if c.err != nil {
		return
	}
	var own struct {
		fx.In

		Commands []ownCommand `group:"commands"`
		Routes   []routes     `group:"routes"`
	}
	if c.wiring = fx.New(fx.NopLogger, c.service.wiring, fx.Populate(&own)).Err(); c.wiring != nil {
		return
	}
	c.service.routes = own.Routes
	for _, o := range own.Commands {
		o.cmd.RunE = c.withArgs(func(s *service, ctx context.Context, args []string) error {
			var do func(context.Context, []string) error
			get := fx.Populate(fx.Annotate(&do, fx.ParamTags(o.name)))
			return s.with(ctx, "run "+o.cmd.Name(), get, func() error { return do(ctx, args) })
		})
		root.AddCommand(o.cmd)
	}
}

// with constructs what the option asks for, beside a service that may be
// running, calls fn, and stops what was constructed. do names what cannot be
// done if that fails.
func (s *service) with(ctx context.Context, do string, option fx.Option, fn func() error) error {
	app := fx.New(s.graph(ctx, beside), option)
	if err := app.Err(); err != nil {
		return s.fail(do, err, s.loaded)
	}
	if err := app.Start(ctx); err != nil {
		return s.fail(do, err, s.loaded)
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

// migrate brings the tables of the store up to date.
func (s *service) migrate(ctx context.Context) error {
	var do migration
	app := fx.New(s.graph(ctx, server), fx.Populate(&do))
	if err := app.Err(); err != nil {
		return s.fail("migrate", err, s.loaded)
	}
	what, err := do(ctx)
	if err != nil {
		return s.fail("migrate", err, s.loaded)
	}
	s.print("%s", what)
	return nil
}
