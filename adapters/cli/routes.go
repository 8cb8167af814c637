package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outgrowkit/outgrow/adapters/disk"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/api"
	"github.com/outgrowkit/outgrow/domain/route"
)

func newRoutes(use Use, out, errOut *screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "routes",
		Short: "Lists what the project serves over HTTP, and what changes for clients",
		Long: `Lists the routes that follow from ports/ as it is now: the verb, the path, the method of
the port, and the status of a success. It also tells which methods are kept from HTTP, and
what is different for clients since the last commit of git. It writes nothing.

A port is served where //outgrow:http /path stands above its type. Above a method,
//outgrow:http POST /orders/{id}/pay 202 sets its verb, its path and its status, and
//outgrow:http - keeps it from HTTP.

With --json there are "routes" (verb, path, port, method, status; in a project with auth,
scopes and open), "unpublished" (port.method), "compared" (false if there is no commit with
what was served) and "changes" (route, change, breaking).`,
		Example: "  outgrow routes\n  outgrow routes --json | jq '.changes[] | select(.breaking)'",
		Args:    exactly("no arguments", 0),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := filepath.Abs(".")
		if err != nil {
			return err
		}
		defer errOut.progress("reading the project…")()
		folder := disk.Open(".")
		return reading(folder, errOut, func() error {
			p, err := use.Routes.Run(cmd.Context(), folder, dir)
			if err != nil {
				return err
			}
			listed(p).tell(out)
			return nil
		})
	}
	return cmd
}

// listing is what a project serves.
type listing struct {
	Routes      []servedRoute  `json:"routes"`
	Unpublished []string       `json:"unpublished"`
	Compared    bool           `json:"compared"`
	Changes     []changedRoute `json:"changes"`
}

type servedRoute struct {
	Verb   string `json:"verb"`
	Path   string `json:"path"`
	Port   string `json:"port"`
	Method string `json:"method"`
	Status int    `json:"status"`
	// Of a project with auth: the scopes that a token needs, and whether there need be none.
	Scopes []string `json:"scopes,omitempty"`
	Open   bool     `json:"open,omitempty"`
}

// servedAt returns a route of a port.
func servedAt(port string, r route.Route) servedRoute {
	s := servedRoute{Verb: r.Verb, Path: r.Path, Port: port, Method: r.Method.Name, Status: r.Status, Open: r.IsOpen()}
	if r.Access != nil {
		s.Scopes = r.Access.Scopes
	}
	return s
}

// who returns who may call the route, or "" for all that are known.
func (r servedRoute) who() string {
	if r.Open {
		return "  open"
	}
	if len(r.Scopes) > 0 {
		return "  " + strings.Join(r.Scopes, " ")
	}
	return ""
}

type changedRoute struct {
	Route    string `json:"route"`
	Change   string `json:"change"`
	Breaking bool   `json:"breaking"`
}

func noListing() listing {
	return listing{Routes: []servedRoute{}, Unpublished: []string{}, Changes: []changedRoute{}}
}

// listed returns what is listed of a project, in the order of its ports.
func listed(p app.Published) listing {
	l := noListing()
	l.Compared = p.Compared
	for _, s := range p.Services {
		for _, r := range s.Routes {
			l.Routes = append(l.Routes, servedAt(s.Offers.Name, r))
		}
		for _, method := range s.Offers.Unpublished {
			l.Unpublished = append(l.Unpublished, s.Offers.Name+"."+method)
		}
	}
	for _, c := range p.Changes {
		l.Changes = append(l.Changes, changedRoute{c.Route, c.What, c.Breaking})
	}
	return l
}

// tell prints a line for each route and each change.
func (l listing) tell(out *screen) {
	changes := l.Changes
	l.Changes = out.said.Changes // to which those that are printed are added
	out.said.listing = l
	out.said.Message = fmt.Sprintf("%d routes are served", len(l.Routes))
	out.said.next("outgrow generate", "derives what serves them")
	path, method := 0, 0
	for _, r := range l.Routes {
		path, method = max(path, len(r.Path)), max(method, len(r.Port+"."+r.Method))
	}
	for _, r := range l.Routes {
		out.printf("%-6s  %-*s  %-*s  %d%s", r.Verb, path, r.Path, method, r.Port+"."+r.Method, r.Status, r.who())
	}
	if len(l.Routes) == 0 {
		out.print("nothing is served over HTTP; write //outgrow:http /path above a port")
	}
	for _, method := range l.Unpublished {
		out.printf("%-6s  %-*s  %s", "-", path, "kept from HTTP", method)
	}
	out.print("")
	switch {
	case !l.Compared:
		out.print("There is no commit with what was served before.")
	case len(changes) == 0:
		out.print("Nothing changes for clients since the last commit.")
	default:
		out.print("For clients, since the last commit:")
	}
	for _, c := range changes {
		printChange(out, api.Change{Route: c.Route, What: c.Change, Breaking: c.Breaking})
	}
}

// printChange prints a line about a change, which says if it breaks clients.
func printChange(out *screen, c api.Change) {
	out.said.Changes = append(out.said.Changes, changedRoute{c.Route, c.What, c.Breaking})
	line := "  " + c.Route + " " + c.What
	if c.Breaking {
		line += " " + out.bad("(breaks clients)")
	}
	out.print(line)
}
