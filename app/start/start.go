// Package start wires the command. It is the only package that knows every adapter.
package start

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/adapters/cli"
	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gomerge"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/adapters/yamltext"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/name"
)

// Main runs the command with the embedded files, and returns its exit code.
func Main(ctx context.Context, files fs.FS, args []string, out, errOut io.Writer) int {
	var use cli.Use
	graph := fx.New(
		fx.NopLogger,
		fx.Supply(fx.Annotate(files, fx.As(new(fs.FS))), version()),
		fx.Provide(
			func() name.Language { return english.English{} },
			fx.Annotate(embedded.Open, fx.As(new(app.Kit))),
			fx.Annotate(scaffold.New, fx.As(new(app.Scaffold))),
			fx.Annotate(record.New, fx.As(new(app.Records))),
			newGenerator,
			app.NewNew,
			func() app.Compile { return gosource.Compile },
			app.NewRefresh,
			func() app.MergeYAML { return yamltext.Merge },
			func() app.MergeGo { return gomerge.Merge },
			app.NewAdd,
			func() app.Inspect { return gosource.Inspect },
			func() app.Entries { return yamltext.Entries },
			app.NewCheck,
		),
		fx.Populate(&use.New, &use.Refresh, &use.Add, &use.Check, &use.Records, &use.Language, &use.Version),
	)
	if err := graph.Err(); err != nil {
		_, _ = fmt.Fprintln(errOut, "outgrow:", err) // there is nowhere else to report an error
		return 1
	}
	return cli.Run(ctx, use, args, out, errOut)
}

// version returns the version of the command.
func version() app.Version {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return app.Version(info.Main.Version)
}
