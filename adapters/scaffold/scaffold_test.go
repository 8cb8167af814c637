package scaffold_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// describe returns a project of the services, which must be one that could be
// made.
func describe(t *testing.T, services ...string) blueprint.Blueprint {
	t.Helper()
	b := blueprint.Blueprint{
		Name: "shop", Module: "example.com/shop", Adapters: map[string][]string{"store": {"sqlite"}, "bus": {"channels"}},
	}
	for _, text := range services {
		s, err := blueprint.ParseService(text, english.English{})
		if err != nil {
			t.Fatal(err)
		}
		b.Services = append(b.Services, s)
	}
	for _, err := range b.Validate() {
		t.Fatal(err)
	}
	return b
}

// render renders the project, as far as it is scaffolded.
func render(t *testing.T, b blueprint.Blueprint) []plan.File {
	t.Helper()
	s, err := scaffold.New(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Project(b, "1.26.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range b.Services {
		rendered, err := s.Service(b, service)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, rendered...)
	}
	return files
}

// TestRenderedAsOneWouldWriteIt compares a whole project with golden files, which should
// read as if written by hand.
func TestRenderedAsOneWouldWriteIt(t *testing.T) {
	for _, f := range render(t, describe(t, "order customer:string total:int64 notes:text? status:enum:draft,paid,sent")) {
		golden := filepath.Join("testdata", "shop", filepath.FromSlash(f.Path)+".golden")
		if os.Getenv("UPDATE") != "" {
			write(t, golden, f.Data)
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(f.Data) != string(want) {
			t.Errorf("%s differs from %s (UPDATE=1 writes it anew):\n%s", f.Path, golden, f.Data)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestUseCasesReferToNothing shows that a field which may come to refer to another entity is left
// out where use cases are tested: there is no other one.
func TestUseCasesReferToNothing(t *testing.T) {
	for _, f := range render(t, describe(t, "category name:string parent:uuid? also:[]uuid")) {
		told := strings.Contains(string(f.Data), "\t\tParent:")
		if f.Path == "app/categories_test.go" && told || f.Path == "domain/category/category_test.go" && !told {
			t.Errorf("%s:\n%s", f.Path, f.Data)
		}
	}
}

// TestOnlyDirectivesNameTheTool shows that what is built does not depend on the tool: only
// prose, the script that runs its check, and directives name it.
func TestOnlyDirectivesNameTheTool(t *testing.T) {
	for _, f := range render(t, describe(t, "order customer:string")) {
		text := strings.ReplaceAll(strings.ToLower(string(f.Data)), "//outgrow:http", "")
		if prose := []string{"README.md", "AGENTS.md", ".golangci.yml", "scripts/check"}; !slices.Contains(prose, f.Path) && strings.Contains(text, "outgrow") {
			t.Errorf("%s names the tool:\n%s", f.Path, f.Data)
		}
	}
}

func TestScriptsAreExecutable(t *testing.T) {
	for _, f := range render(t, describe(t, "order customer:string")) {
		if script := strings.HasPrefix(f.Path, "scripts/"); script != f.Executable {
			t.Errorf("%s: executable is %v, want %v", f.Path, f.Executable, script)
		}
	}
}

func TestManyServicesAreNamed(t *testing.T) {
	for _, f := range render(t, describe(t, "order customer:string", "api_key owner:uuid", "news headline:string")) {
		for _, want := range map[string][]string{
			"README.md": {"Serves orders, API keys and news."},
			"main.go": {
				"// Command shop serves orders, API keys and news.", "run.Subscribe(app.NewAPIKeyLog),",
				"fx.Provide(fx.Annotate(app.NewAPIKeys, fx.As(new(ports.APIKeys)))),",
			},
		}[f.Path] {
			if !strings.Contains(string(f.Data), want) {
				t.Errorf("%s does not hold %q:\n%s", f.Path, want, f.Data)
			}
		}
	}
}

// TestActiveMQKeepsItsDataInItsVolume shows that the folder of the broker's data is the
// one that the compose file mounts. What stands for a variable in the configuration of a
// broker would be the name of a folder.
func TestActiveMQKeepsItsDataInItsVolume(t *testing.T) {
	b := describe(t, "order customer:string")
	b.Choose("bus", []string{"channels", "activemq"})
	texts := map[string]string{}
	for _, f := range render(t, b) {
		texts[f.Path] = string(f.Data)
	}
	const folder = "/opt/apache-activemq/data"
	xml, compose := texts["deploy/activemq.xml"], texts["deploy/compose.yaml"]
	if strings.Contains(xml, "${") || !strings.Contains(xml, `<kahaDB directory="`+folder+`/`) {
		t.Errorf("the broker keeps its data elsewhere:\n%s", xml)
	}
	if !strings.Contains(compose, `"activemq:`+folder+`"`) {
		t.Errorf("the volume is mounted elsewhere:\n%s", compose)
	}
}

func TestRequest(t *testing.T) {
	b := describe(t, "order_item name:string sizes:[]int64 state:enum:new,old note:text?")
	const want = `curl localhost:8080/order-items -H 'Content-Type: application/json' -d '{"name":"Ada","sizes":[42],"state":"new"}'`
	if got := scaffold.Request(b.Services[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
