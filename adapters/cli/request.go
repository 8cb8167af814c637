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

// exampleService is what a project has that was not told what to serve.
const exampleService = "order customer:string total:int64 notes:text? status:enum:draft,paid,sent"

// largestBlueprint is how many bytes are read of a blueprint's file.
const largestBlueprint = 1<<20 + 1

// request is what the command line says of a project.
type request struct {
	dir, module, file string
	services, with    []string
}

// describe makes a blueprint of it.
func (r request) describe(use Use) (blueprint.Blueprint, error) {
	var b blueprint.Blueprint
	err := checkDir(r.dir)
	switch {
	case err != nil:
	case r.file != "" && len(r.services) > 0:
		return b, errors.New("--service and --blueprint exclude each other")
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

// checkDir says why no folder can be called so.
func checkDir(dir string) error {
	switch {
	case strings.TrimSpace(dir) == "":
		return errors.New("a folder is missing: write . for this one")
	case shown(dir) != dir || strings.Contains(dir, "\n"):
		return fmt.Errorf("folder %+.60q: it has characters that cannot be seen", dir)
	}
	return nil
}

// command returns the command line that says the same.
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

// choose gives the blueprint the adapters of ports, each text as port=a,b.
func choose(b *blueprint.Blueprint, texts []string) error {
	ports := make([]string, len(blueprint.Catalogue))
	for i, p := range blueprint.Catalogue {
		ports[i] = p.Name
	}
	for _, text := range texts {
		port, components, found := strings.Cut(text, "=")
		if !found || strings.Trim(components, ",") == "" {
			return fmt.Errorf("--with %+.40q: write a port and its adapters, such as store=sqlite,postgres", text)
		}
		if !slices.Contains(ports, port) {
			return fmt.Errorf("--with %+.40q: there is no port %+.40q%s; there is %s",
				text, port, blueprint.Suggest(port, ports), strings.Join(ports, ", "))
		}
		b.Choose(port, strings.Split(components, ","))
	}
	return nil
}

// read reads the blueprint in a file.
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

// readSome reads a file, unless it is too large to be a blueprint.
func readSome(f *os.File) ([]byte, error) {
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.Size() > largestBlueprint && info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it has %d MB; a blueprint has 1 at most", f.Name(), info.Size()>>20)
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

// usualModule returns the module of a project that was not told which: the name
// of its folder.
func usualModule(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		absolute = dir // the current folder is gone: its name is as good as any
	}
	return strings.ToLower(filepath.Base(absolute))
}

// complete fills in what was not said: the project is named for its module, and
// that for the folder.
func complete(b blueprint.Blueprint, dir string) blueprint.Blueprint {
	if b.Module == "" {
		b.Module = usualModule(dir)
	}
	if b.Name == "" {
		b.Name = blueprint.NameOf(b.Module)
	}
	for _, port := range blueprint.Catalogue {
		if len(b.Chosen(port.Name)) == 0 {
			b.Choose(port.Name, port.Defaults())
		}
	}
	return b
}
