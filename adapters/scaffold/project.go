package scaffold

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// projectView is what the templates of a project speak of.
type projectView struct {
	Name, Module string
	Prefix       string // of variables: "SHOP"
	Serves       string // "orders and receipts"
	GoVersion    string
	Example      string   // a request to try
	Logs         []string // the subscribers to start from
	UseCases     []string // the files of app/ that know no adapter
	Adapters     []string

	FirstDomain, FirstPort, FirstApp, FirstLog string // files to begin to read at
}

// Project renders the files around the services.
func (s *Scaffold) Project(b blueprint.Blueprint, goVersion string, adapters []string) ([]plan.File, error) {
	v := newProjectView(b, goVersion, adapters)
	var files []plan.File
	for _, f := range []struct {
		template, path string
		executable     bool
	}{
		{"main.go.tmpl", "main.go", false},
		{"module.go.tmpl", "app/module.go", false},
		{"README.md.tmpl", "README.md", false},
		{"Dockerfile.tmpl", "Dockerfile", false},
		{"dockerignore.tmpl", ".dockerignore", false},
		{"gitignore.tmpl", ".gitignore", false},
		{"golangci.yml.tmpl", ".golangci.yml", false},
		{"ci.yml.tmpl", ".github/workflows/ci.yml", false},
		{"test.tmpl", "scripts/test", true},
	} {
		data, err := render(s.project, f.template, v)
		if err != nil {
			return nil, err
		}
		files = append(files, plan.File{Path: f.path, Data: data, Executable: f.executable})
	}
	return files, nil
}

// Prefix returns what the variables of a project begin with, without the _.
func Prefix(project string) string {
	return strings.ToUpper(strings.ReplaceAll(project, "-", "_"))
}

func newProjectView(b blueprint.Blueprint, goVersion string, adapters []string) projectView {
	first := b.Services[0]
	pkg, plural := first.Name.Package(), first.Name.Plural()
	v := projectView{
		Name: b.Name, Module: b.Module, Prefix: Prefix(b.Name), GoVersion: minor(goVersion), Adapters: adapters,
		FirstDomain: "domain/" + pkg + "/" + pkg + ".go",
		FirstPort:   "ports/" + plural.Package() + ".go",
		FirstApp:    "app/" + plural.Package() + ".go",
		FirstLog:    "app/" + pkg + "log.go",
		Example:     Request(first),
	}
	var serves []string
	for _, s := range b.Services {
		serves = append(serves, s.Name.Plural().Human())
		v.Logs = append(v.Logs, s.Name.Pascal()+"Log")
		v.UseCases = append(v.UseCases, s.Name.Plural().Package()+".go", s.Name.Package()+"log.go")
	}
	v.Serves = enumerate(serves)
	return v
}

// minor returns the first two numbers of a version of Go.
func minor(version string) string {
	parts := strings.Split(version, ".")
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// enumerate returns "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Request returns a command that creates one of a service.
func Request(s blueprint.Service) string {
	var members []string
	for _, f := range s.Fields {
		if !f.Type.Optional {
			members = append(members, fmt.Sprintf("%q:%s", f.Name.Snake(), jsonSample(f.Type)))
		}
	}
	return fmt.Sprintf("curl localhost:8080/%s -H 'Content-Type: application/json' -d '{%s}'",
		s.Name.Plural().Kebab(), strings.Join(members, ","))
}

// jsonSample returns a value of the type in JSON.
func jsonSample(t blueprint.Type) string {
	value := map[string]string{
		"string": `"Ada"`, "text": `"some text"`, "int": "42", "int64": "42", "float64": "1.5", "bool": "true",
		"time": `"2026-01-02T03:04:05Z"`, "duration": `"1m30s"`, "bytes": `"AAEC"`,
		"uuid": `"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"`,
	}[t.Base]
	if t.Base == "enum" {
		value = fmt.Sprintf("%q", t.Values[0])
	}
	if t.List {
		return "[" + value + "]"
	}
	return value
}
