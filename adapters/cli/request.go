package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// exampleService is the service of a project for which none was given.
const exampleService = "order customer:string total:int64 notes:text? status:enum:draft,paid,sent"

// largestBlueprint is the number of bytes that are read from a blueprint file.
const largestBlueprint = 1<<20 + 1

// request is what the command line says about a project.
type request struct {
	dir, module, file string
	services, with    []string
}

// describe turns the request into a blueprint.
func (r request) describe(use Use) (blueprint.Blueprint, error) {
	var b blueprint.Blueprint
	err := checkDir(r.dir)
	switch {
	case err != nil:
	case r.file != "" && len(r.services) > 0:
		return b, errors.New("--service and --blueprint cannot be used together")
	case r.file != "":
		b, err = read(use, r.file)
	case len(r.services) > 0:
		b.Services, err = parse(use, r.services)
	default:
		b.Services, err = parse(use, []string{exampleService})
	}
	if err != nil {
		return b, err
	}
	if r.module != "" {
		b.Module = r.module
	}
	if err := choose(&b, r.with); err != nil {
		return b, err
	}
	return complete(b, r.dir), nil
}

// checkDir returns an error if dir cannot be the name of a folder.
func checkDir(dir string) error {
	switch {
	case strings.TrimSpace(dir) == "":
		return errors.New("the folder is missing; use . for the current one")
	case shown(dir) != dir || strings.Contains(dir, "\n"):
		return fmt.Errorf("folder %+.60q: the name contains invisible characters; choose another name", dir)
	}
	return nil
}

// command returns the command line for the same request.
func (r request) command() string {
	words := []string{"outgrow", "new", quoted(r.dir)}
	if r.module != "" {
		words = append(words, "--module", quoted(r.module))
	}
	for _, s := range r.services {
		words = append(words, "--service", quoted(s))
	}
	for _, w := range r.with {
		words = append(words, "--with", quoted(w))
	}
	return strings.Join(words, " ")
}

// choose sets the adapters of ports in the blueprint. Each text has the form port=a,b, or is the
// name of a port that has the adapter which add port has it have.
func choose(b *blueprint.Blueprint, texts []string) error {
	ports := make([]string, len(blueprint.Catalogue))
	for i, p := range blueprint.Catalogue {
		ports[i] = p.Name
	}
	for _, text := range texts {
		port, components, found := strings.Cut(text, "=")
		if i := slices.Index(ports, port); !found && i >= 0 && blueprint.Catalogue[i].Optional {
			components, found = blueprint.Catalogue[i].Components[0].Name, true
		}
		if !found || strings.Trim(components, ",") == "" {
			return fmt.Errorf("--with %+.40q: write a port and its adapters, such as store=sqlite,postgres", text)
		}
		if !slices.Contains(ports, port) {
			return fmt.Errorf("--with %+.40q: unknown port %+.40q%s; use one of %s",
				text, port, blueprint.Suggest(port, ports), strings.Join(ports, ", "))
		}
		b.Choose(port, strings.Split(components, ","))
	}
	return nil
}

// read reads a blueprint from a file.
func read(use Use, name string) (blueprint.Blueprint, error) {
	f, err := os.Open(name)
	if err != nil {
		return blueprint.Blueprint{}, err
	}
	data, err := readSome(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return blueprint.Blueprint{}, err
	}
	rec, err := use.Records.Read(name, data)
	return rec.Blueprint, err
}

// readSome reads a file, but refuses one that is too large to be a blueprint.
func readSome(f *os.File) ([]byte, error) {
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.Size() > largestBlueprint && info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: the file has %d MB, but a blueprint can have at most 1 MB", f.Name(), info.Size()>>20)
	}
	return io.ReadAll(io.LimitReader(f, largestBlueprint))
}

func parse(use Use, texts []string) ([]blueprint.Service, error) {
	var services []blueprint.Service
	for _, text := range texts {
		s, err := blueprint.ParseService(text, use.Language)
		if err != nil {
			return nil, err
		}
		services = append(services, s)
	}
	return services, nil
}

// usualModule returns the default module path of a project: the name of its folder.
func usualModule(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		absolute = dir // the current folder no longer exists
	}
	return strings.ToLower(filepath.Base(absolute))
}

// complete fills in the defaults: the project is named after its module, and the
// module after the folder.
func complete(b blueprint.Blueprint, dir string) blueprint.Blueprint {
	if b.Module == "" {
		b.Module = usualModule(dir)
	}
	if b.Name == "" {
		b.Name = blueprint.NameOf(b.Module)
	}
	for _, port := range blueprint.Catalogue {
		if len(b.Adapters[port.Name]) == 0 {
			b.Choose(port.Name, port.Defaults())
		}
	}
	return b
}
