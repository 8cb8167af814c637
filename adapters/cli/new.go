package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// exampleService is what a project has that was not told what to serve.
const exampleService = "order customer:string total:int64 notes:text? status:enum:draft,paid,sent"

func newNew(use Use, out *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Makes a project that runs at once",
		Long: `Makes a project in DIR, which must not exist, or be empty but for .git, a licence
and a README.

A service is a name and its fields, each with a type:
  string text int int64 float64 bool time duration bytes uuid enum:a,b,c
with [] before it for a list of them, and ? behind it where it may be left out.`,
		Example: `  outgrow new shop
  outgrow new shop --module example.com/shop --service 'order customer:string total:int64 notes:text?'
  outgrow new . --service 'user email:string' --service 'post author:uuid body:text tags:[]string'
  outgrow new shop --blueprint shop.yaml --dry-run`,
		Args: exactly("one folder", 1),
	}
	flags := cmd.Flags()
	flags.String("module", "", "the Go module (default: the folder's name)")
	flags.StringArray("service", nil, "a service: its name and fields (can be repeated; default: an example)")
	flags.String("blueprint", "", "a YAML file that describes the whole project")
	flags.Bool("dry-run", false, "say what would be written, and write nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := settings(flags)
		if err != nil {
			return err
		}
		services, err := flags.GetStringArray("service")
		if err != nil {
			return err
		}
		b, err := describe(use, request{dir: args[0], module: v.GetString("module"), services: services, file: v.GetString("blueprint")})
		if err != nil {
			return app.Refusal{Reason: err}
		}
		if v.GetBool("dry-run") {
			return preview(cmd, use, b, out)
		}
		files, err := use.New.Run(cmd.Context(), b, disk.Open(args[0]))
		if err == nil {
			nextSteps(out, args[0], b, files)
		}
		return err
	}
	return cmd
}

// request is what the command line says of a project.
type request struct {
	dir, module, file string
	services          []string
}

// describe makes a blueprint of what the command line says.
func describe(use Use, r request) (blueprint.Blueprint, error) {
	var b blueprint.Blueprint
	if r.file != "" {
		if len(r.services) > 0 {
			return b, fmt.Errorf("--service and --blueprint exclude each other")
		}
		data, err := os.ReadFile(r.file)
		if err != nil {
			return b, err
		}
		rec, err := use.Records.Read(r.file, data)
		if err != nil {
			return b, err
		}
		b = rec.Blueprint
	}
	if r.module != "" {
		b.Module = r.module
	}
	if r.file == "" && len(r.services) == 0 {
		r.services = []string{exampleService}
	}
	for _, text := range r.services {
		s, err := blueprint.ParseService(text, use.Language)
		if err != nil {
			return b, err
		}
		b.Services = append(b.Services, s)
	}
	return complete(b, r.dir)
}

var versionSuffix = regexp.MustCompile(`^v[0-9]+$`)

// complete fills in what was not said: the project is named for its module, or
// both are named for the folder.
func complete(b blueprint.Blueprint, dir string) (blueprint.Blueprint, error) {
	if b.Module == "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return b, err
		}
		b.Module = strings.ToLower(filepath.Base(absolute))
	}
	if b.Name == "" {
		last := path.Base(b.Module)
		if versionSuffix.MatchString(last) {
			last = path.Base(path.Dir(b.Module))
		}
		b.Name = strings.ToLower(strings.NewReplacer(".", "-", "~", "-").Replace(last))
	}
	if b.Stores == nil {
		b.Stores = []string{"sqlite"}
	}
	if b.Buses == nil {
		b.Buses = []string{"channels"}
	}
	return b, nil
}

// preview prints what would be written.
func preview(cmd *cobra.Command, use Use, b blueprint.Blueprint, out *screen) error {
	files, err := use.New.Plan(cmd.Context(), b)
	if err != nil {
		return err
	}
	size := 0
	for _, f := range files {
		out.printf("%s %s", out.good("+"), f.Path)
		size += len(f.Data)
	}
	out.printf("%d files, %d KiB; nothing was written", len(files), size/1024)
	return nil
}

// nextSteps prints what was made and what to type next.
func nextSteps(out *screen, dir string, b blueprint.Blueprint, files []plan.File) {
	var names []string
	for _, s := range b.Services {
		names = append(names, s.Name.Plural().Human())
	}
	out.printf("%s %s: %d files, serving %s on SQLite and channels.",
		out.good("✓"), out.bold(b.Name), len(files), strings.Join(names, ", "))
	out.print("")
	if dir != "." {
		out.print("  cd " + dir)
	}
	out.print("  go run .          " + out.faint("# the first build compiles SQLite: a minute or two"))
	out.print("  go test ./...")
	out.print("")
	out.print("and, while it runs:")
	out.print("")
	out.print("  " + scaffold.Request(b.Services[0]))
	out.print("")
	out.print("What it offers is at http://127.0.0.1:8080/docs, and how to go on in README.md.")
}
