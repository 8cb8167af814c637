package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/adapters/cachegen"
	"github.com/outgrowkit/outgrow/adapters/cli"
	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/git"
	"github.com/outgrowkit/outgrow/adapters/gomerge"
	"github.com/outgrowkit/outgrow/adapters/gomod"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/httpgen"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/adapters/openapigen"
	"github.com/outgrowkit/outgrow/adapters/record"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/adapters/times"
	"github.com/outgrowkit/outgrow/adapters/wiringgen"
	"github.com/outgrowkit/outgrow/adapters/yamltext"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/name"
)

// execute wires the command, runs it with the embedded files, and returns its exit code. It
// is the only function that knows every adapter. Tests use the options to replace the
// clock.
func execute(ctx context.Context, files fs.FS, args []string, out, errOut io.Writer, options ...fx.Option) int {
	var use cli.Use
	graph := fx.New(
		fx.NopLogger,
		fx.Supply(fx.Annotate(files, fx.As(new(fs.FS))), version(), app.Now(now)),
		fx.Provide(
			func() name.Language { return english.English{} },
			fx.Annotate(embedded.Open, fx.As(new(app.Kit))),
			fx.Annotate(scaffold.New, fx.As(new(app.Scaffold))),
			fx.Annotate(record.New, fx.As(new(app.Records))),
			newGenerator,
			app.NewNew,
			func() app.Compile { return gosource.Compile },
			func(r app.Records) *app.Resolve {
				return app.NewResolve(r, git.Unmerged, map[string]app.Union{
					"go.mod": gomod.Union,
					"go.sum": func(ours, theirs []byte) ([]byte, error) { return gomod.UnionSums(ours, theirs), nil },
				})
			},
			app.NewFits,
			app.NewRefresh,
			func() app.MergeYAML { return yamltext.Merge },
			func() app.MergeGo { return gomerge.Merge },
			func() app.AppendGo { return gomerge.Append },
			func() app.Declared { return gosource.Declared },
			func() app.CheckTimes { return times.Check },
			app.NewAdd,
			func() app.Inspect { return gosource.Inspect },
			func() app.Entries { return yamltext.Entries },
			app.NewCheck,
			func() app.Committed { return git.Committed },
			app.NewRoutes,
		),
		fx.Populate(&use.New, &use.Refresh, &use.Add, &use.Check, &use.Routes, &use.Records, &use.Language, &use.Version),
		fx.Options(options...),
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

// now returns the version of a new migration.
func now() int { return migration.Version(time.Now(), rand.IntN(1000)) }

// newGenerator returns a generator with all emitters.
func newGenerator(l name.Language, now app.Now) *app.Generator {
	reader := &gosource.Reader{Language: l}
	return app.NewGenerator(reader.Read, now, storegen.Migrations, storegen.Stubs,
		storegen.Emit, cachegen.Emit, jsongen.Emit, httpgen.Emit, openapigen.Emit, wiringgen.Emit)
}
