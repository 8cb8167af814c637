package cli

import (
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

With --json the answer has "routes" (verb, path, port, method, status; in a project with auth,
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
			l := listed(p)
			out.said.listing = l
			l.text(out)
			printChanged(out, p)
			return nil
		})
	}
	return cmd
}

// listing is what a project serves, in the answer in JSON.
type listing struct {
	Routes      []servedRoute `json:"routes"`
	Unpublished []string      `json:"unpublished"`
	Compared    bool          `json:"compared"`
}

type servedRoute struct {
	Verb   string `json:"verb"`
	Path   string `json:"path"`
	Port   string `json:"port"`
	Method string `json:"method"`
	Status int    `json:"status"`
	// Of a project with auth: the scopes that a token needs, and whether there need be none.
	Scopes []string `json:"scopes"`
	Open   bool     `json:"open"`
}

// servedAt returns a route of a port.
func servedAt(port string, r route.Route) servedRoute {
	s := servedRoute{Verb: r.Verb, Path: r.Path, Port: port, Method: r.Method.Name, Status: r.Status, Scopes: []string{}, Open: r.IsOpen()}
	if r.Access != nil {
		s.Scopes = append(s.Scopes, r.Access.Scopes...)
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

// change is what is different for those who call a route.
type change struct {
	Route    string `json:"route"`
	Change   string `json:"change"`
	Breaking bool   `json:"breaking"`
}

func newListing() listing { return listing{Routes: []servedRoute{}, Unpublished: []string{}} }

// listed returns what is listed of a project, in the order of its ports.
func listed(p app.Published) listing {
	l := newListing()
	l.Compared = p.Compared
	for _, s := range p.Services {
		for _, r := range s.Routes {
			l.Routes = append(l.Routes, servedAt(s.Offers.Name, r))
		}
		for _, method := range s.Offers.Unpublished {
			l.Unpublished = append(l.Unpublished, s.Offers.Name+"."+method)
		}
	}
	return l
}

// text prints a line for each route.
func (l listing) text(out *screen) {
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
}

// printChanged prints what is different for clients since the last commit.
func printChanged(out *screen, p app.Published) {
	out.print("")
	switch {
	case !p.Compared:
		out.say("There is no commit with what was served before.")
	case len(p.Changes) == 0:
		out.say("Nothing changes for clients since the last commit.")
	default:
		out.say("For clients, since the last commit:")
	}
	for _, c := range p.Changes {
		printChange(out, c)
	}
}

// printChange prints a line about a change, which says if it breaks clients.
func printChange(out *screen, c api.Change) {
	out.said.Changes = append(out.said.Changes, change{c.Route, c.What, c.Breaking})
	line := "  " + c.Route + " " + c.What
	if c.Breaking {
		line += " " + out.bad("(breaks clients)")
	}
	out.print(line)
}
