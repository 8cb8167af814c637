package app

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/code"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/model"
)

// record reports components and services that the record has and the project has
// not, or the other way round.
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
		return err // it was read before
	}
	at := func(path, value string) string { return name + position(entries, path, value) }
	e.components(at)
	for _, s := range e.rec.Blueprint.Services {
		if folder := "domain/" + s.Name.Package(); !e.hasGo(folder) {
			e.report(at("services.name", s.Name.String()), "service-gone", "the service "+s.Name.String()+" is listed, and there is no "+folder,
				"put the folder back, or remove the service from the list")
		}
	}
	return nil
}

// components reports components that are listed and missing, or the other way round.
func (e *examination) components(at func(path, value string) string) {
	for _, port := range blueprint.Catalogue {
		for _, c := range port.Components {
			missing, chosen := e.missingFolders(port, c), slices.Contains(e.rec.Blueprint.Chosen(port.Name), c.Name)
			switch adapter := "adapters/" + c.Name; {
			case chosen && len(missing) > 0:
				e.report(at(port.Name, c.Name), "component-gone", c.Name+" is a "+port.Name+" of this project, and there is no "+strings.Join(missing, ", and no "),
					"put it back, or remove "+c.Name+" from the list and run outgrow generate")
			case !chosen && e.hasGo(adapter):
				e.report(at(port.Name, ""), "component-unknown", "there is "+adapter+", and "+c.Name+" is not in the list",
					"nothing is derived for it: add "+c.Name+" to the list and run outgrow generate, or remove the folder")
			}
		}
	}
}

// missingFolders returns those of a component's folders that are not there: its
// package of the kit and, of a store, the folder of what is derived.
func (e *examination) missingFolders(port blueprint.Port, c blueprint.Component) []string {
	var missing []string
	if folder := "kit/" + c.Kit; !e.hasGo(folder) {
		missing = append(missing, folder)
	}
	if folder := "adapters/" + c.Name; port.Name == "store" && !e.has(folder) {
		missing = append(missing, folder)
	}
	return missing
}

// position returns the place of an entry in its file as :line:column, or nothing.
// Without a value it is the key of the path.
func position(entries []code.Entry, entry, value string) string {
	for _, e := range entries {
		if e.Path == entry && (value == "" || e.Value == value) {
			return finding.Position("", e.Line, e.Column)
		}
	}
	return ""
}

// hasGo reports whether there is Go in a folder.
func (e *examination) hasGo(folder string) bool {
	names, err := fs.Glob(e.files, folder+"/*.go")
	return err == nil && slices.ContainsFunc(names, func(name string) bool { return !derivedName.MatchString(name) })
}

// isGone reports whether a file would be in the folder of a component that is gone.
func (e *examination) isGone(name string) bool {
	return slices.ContainsFunc(e.gone(), func(folder string) bool { return strings.HasPrefix(name, folder+"/") })
}

// speaksOfGone reports whether a problem is that a component is gone.
func (e *examination) speaksOfGone(p model.Problem) bool {
	return slices.ContainsFunc(e.gone(), func(folder string) bool { return strings.Contains(p.What, e.project.Module+"/"+folder+" ") })
}

// gone returns the folders of the project's components that are not there.
func (e *examination) gone() []string {
	var folders []string
	for _, port := range blueprint.Catalogue {
		for _, c := range port.Components {
			if slices.Contains(e.rec.Blueprint.Chosen(port.Name), c.Name) {
				folders = append(folders, e.missingFolders(port, c)...)
			}
		}
	}
	return folders
}
