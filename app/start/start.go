// Package start wires the command: it is the one place that knows every adapter.
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
	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Main runs the command with the embedded files, and returns its exit code.
func Main(ctx context.Context, files fs.FS, args []string, out, errOut io.Writer) int {
	var use cli.Use
	graph := fx.New(
		fx.NopLogger,
		fx.Provide(
			func() fs.FS { return files },
			func() name.Language { return english.English{} },
			fx.Annotate(embedded.Open, fx.As(new(app.Kit))),
			fx.Annotate(scaffold.New, fx.As(new(app.Scaffold))),
			newGenerator,
			newRecord,
			record.NewReader,
			app.NewNew,
			newUse,
		),
		fx.Populate(&use),
	)
	if err := graph.Err(); err != nil {
		_, _ = fmt.Fprintln(errOut, "outgrow:", err) // there is nowhere else to tell
		return 1
	}
	return cli.Run(ctx, use, args, out, errOut)
}

func newUse(n *app.New, g *app.Generator, r *record.Reader, l name.Language) cli.Use {
	return cli.Use{New: n, Generate: g, Records: r, Language: l, Version: version()}
}

func newRecord() app.Record {
	return func(b blueprint.Blueprint, generated map[string]string) plan.File {
		return record.Of(record.Record{Blueprint: b, Template: version(), Generated: generated})
	}
}

// version returns the version that the command was installed at.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
