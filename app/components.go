package app

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// record reports components and services that are in the record but not in the project,
// or the other way round.
func (e *examination) record() error {
	if !e.recorded {
		return nil
	}
	name := e.refresh.records.Name()
	data, err := fs.ReadFile(e.files, name)
	if err != nil {
		return err
	}
	entries, err := e.entries(data)
	if err != nil {
		return err // unexpected: the record was read before
	}
	at := func(path, value string) string { return name + position(entries, path, value) }
	e.components(at)
	for _, s := range e.rec.Blueprint.Services {
		if folder := "domain/" + s.Name.Package(); !e.hasGo(folder) {
			e.report(at("services.name", s.Name.String()), "service-gone", "the service "+s.Name.String()+" is listed, but "+folder+" does not exist",
				"restore the folder, or remove the service from the list")
		}
	}
	return nil
}

// components reports components that are listed but missing, or the other way round.
func (e *examination) components(at func(path, value string) string) {
	for _, port := range blueprint.Catalogue {
		for _, c := range port.Components {
			missing, chosen := e.missingFolders(port, c), slices.Contains(e.rec.Blueprint.Adapters[port.Name], c.Name)
			switch adapter := "adapters/" + c.Name; {
			case chosen && len(missing) > 0:
				e.report(at("components", port.Name+"/"+c.Name), "component-gone", c.Name+" is listed, but "+strings.Join(missing, " and ")+" cannot be found",
					"restore it, or remove "+c.Name+" from the list and run outgrow generate")
			case !chosen && port.Name == "store" && e.hasGo(adapter):
				e.report(at("components", ""), "component-unknown", adapter+" exists, but "+c.Name+" is not listed, so nothing is derived for it",
					"add "+c.Name+" to the list and run outgrow generate, or remove the folder")
			}
		}
	}
	e.own(at)
}

// own reports components of the owner's own ports that are listed but missing, or the
// other way round.
func (e *examination) own(at func(path, value string) string) {
	for _, p := range e.rec.Blueprint.Own {
		for _, a := range p.Adapters {
			component := p.Name.Snake() + "/" + a.Snake()
			if lacked := lackedOf(e.files, p.Name, a); lacked != "" {
				e.report(at("components", component), "component-gone", component+" is listed, but "+lacked+" cannot be found",
					"restore it, or remove "+component+" from the list and run outgrow generate")
			}
		}
		tests, _ := fs.Glob(e.files, "adapters/*/"+p.Name.Package()+"_test.go") // the pattern is well-formed
		for _, test := range tests {
			folder := path.Base(path.Dir(test))
			listed := slices.ContainsFunc(p.Adapters, func(a name.Name) bool { return a.Package() == folder })
			if data, err := fs.ReadFile(e.files, test); err == nil && !listed && strings.Contains(string(data), "suite."+p.Name.Pascal()+"(") {
				component := p.Name.Snake() + "/" + folder
				e.report(at("components", ""), "component-unknown", "adapters/"+folder+" is tested as an adapter of "+p.Name.Snake()+", but "+component+" is not listed, so nothing selects it",
					"add "+component+" to the list and run outgrow generate, or remove the test")
			}
		}
	}
}

// missingFolders returns the folders of a component that do not exist: its package of the
// kit and, for a store, the folder of its derived files.
func (e *examination) missingFolders(port blueprint.Port, c blueprint.Component) []string {
	var missing []string
	if folder := kitFolder + "/" + c.Kit; !e.hasGo(folder) {
		missing = append(missing, folder)
	}
	if folder := "adapters/" + c.Name; port.Name == "store" && !e.has(folder) {
		missing = append(missing, folder)
	}
	return missing
}

// position returns the position of an entry in its file as :line:column, or "" if there
// is none. If value is empty, it is the position of the key.
func position(entries []code.Entry, entry, value string) string {
	for _, e := range entries {
		if e.Path == entry && (value == "" || e.Value == value) {
			return finding.Position("", e.Line, e.Column)
		}
	}
	return ""
}

// hasGo reports whether a folder contains Go files that are not derived.
func (e *examination) hasGo(folder string) bool {
	names, err := fs.Glob(e.files, folder+"/*.go")
	return err == nil && slices.ContainsFunc(names, func(name string) bool { return !derivedName.MatchString(name) })
}

// isGone reports whether a file belongs in the folder of a component that does not exist,
// or wires one of the owner's that does not.
func (e *examination) isGone(name string) bool {
	if name == wiringFile && len(e.ownGone()) > 0 {
		return true
	}
	return slices.ContainsFunc(e.gone(), func(folder string) bool { return strings.HasPrefix(name, folder+"/") })
}

// speaksOfGone reports whether a problem is about a component that does not exist.
func (e *examination) speaksOfGone(p model.Problem) bool {
	return slices.ContainsFunc(e.gone(), func(folder string) bool { return strings.Contains(p.What, e.project.Module+"/"+folder+" ") }) ||
		slices.ContainsFunc(e.ownGone(), func(a blueprint.OwnPort) bool {
			pkg := a.Adapters[0].Package()
			return strings.Contains(p.What, "/adapters/"+pkg+" ") || strings.Contains(p.What, "undefined: "+pkg+".")
		})
}

// wiringFile is the derived file that names the adapters.
const wiringFile = "wiring_gen.go"

// ownGone returns the components of the owner's own ports that are not whole.
func (e *examination) ownGone() []blueprint.OwnPort {
	var gone []blueprint.OwnPort
	for _, p := range e.rec.Blueprint.Own {
		for _, a := range p.Adapters {
			if lackedOf(e.files, p.Name, a) != "" {
				gone = append(gone, blueprint.OwnPort{Name: p.Name, Adapters: []name.Name{a}})
			}
		}
	}
	return gone
}

// gone returns the folders of the project's components that do not exist.
func (e *examination) gone() []string {
	var folders []string
	for _, port := range blueprint.Catalogue {
		for _, c := range port.Components {
			if slices.Contains(e.rec.Blueprint.Adapters[port.Name], c.Name) {
				folders = append(folders, e.missingFolders(port, c)...)
			}
		}
	}
	return folders
}
