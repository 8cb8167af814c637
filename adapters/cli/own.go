package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// isOwn reports whether the adapter, written as port/adapter, is of a port that is not the
// kit's.
func isOwn(adapter string) bool {
	port, _, found := strings.Cut(adapter, "/")
	return found && !slices.Contains(blueprint.Ports(), port)
}

// addOwnPort adds a port of the owner's. The arguments are its name and its methods.
func addOwnPort(cmd *cobra.Command, use Use, out, errOut *screen, args, adapters []string) error {
	if slices.Contains(blueprint.Ports(), args[0]) {
		return plan.Refuse(fmt.Errorf("port %s: it is one of the kit, which has its methods and adapters; run outgrow add port %s, or choose another name", args[0], args[0]))
	}
	p, err := parsePort(use, args[0], adapters)
	if err != nil {
		return plan.Refuse(err)
	}
	methods, err := blueprint.ParseMethods(args[1:], use.Language)
	if err == nil && len(methods) == 0 {
		err = fmt.Errorf("port %s has no methods; write at least one, such as 'Send(to:string body:text)'", p.Name)
	}
	if err != nil {
		return plan.Refuse(err)
	}
	add := func(folder ports.Folder, dir string) (app.Addition, error) {
		return use.Add.OwnPort(cmd.Context(), p, methods, folder, dir)
	}
	return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
		printAddition(out, a, "has a port "+p.Name.String())
		const say = "say what each method guarantees"
		out.printf("  ports/%s.go%s", p.Name.Package(), out.faint("     # "+say+"; take a ports."+p.Name.Pascal()+" in a use case"))
		out.said.next("", say+", in ports/"+p.Name.Package()+".go")
		if len(p.Adapters) > 1 {
			out.print("")
		}
		printUnwritten(out, p.Name, p.Adapters[1:])
	})
}

// parsePort parses the names of a port and its adapters.
func parsePort(use Use, port string, adapters []string) (blueprint.OwnPort, error) {
	n, err := name.Parse(port, use.Language)
	if err != nil {
		return blueprint.OwnPort{}, fmt.Errorf("port %w", err)
	}
	p := blueprint.OwnPort{Name: n}
	for _, text := range adapters {
		a, err := name.Parse(strings.TrimSpace(text), use.Language)
		if err != nil {
			return p, fmt.Errorf("adapter %w", err)
		}
		p.Adapters = append(p.Adapters, a)
	}
	if len(p.Adapters) == 0 {
		return p, fmt.Errorf("port %s has no adapters; name some, such as --adapters console,smtp", n)
	}
	return p, nil
}

// addOwnAdapter adds an adapter, written as port/adapter, to a port of the owner's.
func addOwnAdapter(cmd *cobra.Command, use Use, out, errOut *screen, text string) error {
	port, adapter, err := blueprint.ParseOwn(text, use.Language)
	if err != nil {
		return plan.Refuse(err)
	}
	add := func(folder ports.Folder, dir string) (app.Addition, error) {
		return use.Add.OwnAdapter(cmd.Context(), port, adapter, folder, dir)
	}
	return editor{cmd, use, out, errOut}.add(add, func(a app.Addition) {
		printAddition(out, a, fmt.Sprintf("can use %s as %s", adapter, port))
		printUnwritten(out, port, []name.Name{adapter})
	})
}

// printUnwritten says which adapters are still to be written, and how to use one.
func printUnwritten(out *screen, port name.Name, adapters []name.Name) {
	for i, a := range adapters {
		if i > 0 {
			out.print("")
		}
		out.printf("adapters/%s/%s.go is yours to write: until then its methods return Unavailable, and its test fails.", a.Package(), port.Package())
		out.print("")
		out.next("go test ./adapters/"+a.Package(), "")
		out.next(fmt.Sprintf("go run . check --set %s.adapter=%s", port, a), "")
	}
}
