package blueprint

import (
	"fmt"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	projectForm = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$`)
	moduleForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.~_-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9.~_-]*)*$`)
)

// builtIn are the fields that every entity has.
var builtIn = []string{"id", "version", "createdat", "updatedat"}

// mostFields is what leaves room for more below the 1,600 columns of Postgres.
const mostFields = 1000

// folders are names of folders to which Go gives a meaning of its own.
var folders = []string{"internal", "vendor", "testdata", "main"}

// devices are names that Go allows no folder, because Windows means devices.
var devices = regexp.MustCompile(`^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// Validate returns everything that keeps the project from being made, each in
// one line; nil where nothing does.
func (b Blueprint) Validate() []error {
	var errs []error
	report := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !projectForm.MatchString(b.Name) || len(b.Name) > 40 {
		report("project name %.60q: use small letters, digits, - and _, beginning with a letter, 40 at most", b.Name)
	}
	b.checkModule(report)
	if len(b.Services) == 0 {
		report("a project needs at least one service")
	}
	for _, s := range b.Services {
		s.check(report)
	}
	b.checkCollisions(report)
	b.checkComponents(report)
	return errs
}

func (b Blueprint) checkModule(report func(string, ...any)) {
	switch first, _, _ := strings.Cut(b.Module, "/"); {
	case !moduleForm.MatchString(b.Module) || len(b.Module) > 200 || path.Clean(b.Module) != b.Module || strings.Contains(b.Module, ".."):
		report("module %.60q: write it as an import path, such as example.com/shop", b.Module)
	case !strings.Contains(first, ".") && isStandard(first):
		report("module %q: its first part is a package of Go's own; begin with a domain, such as example.com/%s", b.Module, path.Base(b.Module))
	}
}

// isStandard reports whether import paths that begin so belong to Go itself.
func isStandard(first string) bool {
	return slices.Contains([]string{
		"archive", "arena", "bufio", "builtin", "bytes", "cmd", "cmp", "compress", "container", "context", "crypto", "database",
		"debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal", "io",
		"iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "simd", "slices",
		"sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique", "unsafe",
		"vendor", "weak",
	}, first)
}

// check reports what is wrong with one service alone.
func (s Service) check(report func(string, ...any)) {
	pkg := s.Name.Package()
	switch {
	case token.IsKeyword(pkg):
		report("service %s: %s is a keyword of Go, which no package can be named for", s.Name, pkg)
	case types.Universe.Lookup(pkg) != nil:
		report("service %s: %s is a name that Go declares itself; a package of that name would hide it", s.Name, pkg)
	case slices.Contains(folders, pkg):
		report("service %s: Go gives a folder or package named %s a meaning of its own", s.Name, pkg)
	case devices.MatchString(pkg):
		report("service %s: %s is a device to Windows, and no package of Go can be named for it", s.Name, pkg)
	case strings.HasPrefix(s.Name.Plural().Snake(), "sqlite_"):
		report("service %s: SQLite keeps tables that begin with sqlite_ to itself", s.Name)
	}
	if len(s.Fields) > mostFields {
		report("service %s has %d fields; a table has %d columns at most", s.Name, len(s.Fields), mostFields)
	}
	if len(s.Fields) == 0 {
		report("service %s has no fields: write at least one, such as name:string", s.Name)
	}
	seen := map[string]bool{}
	for _, f := range s.Fields {
		key := f.Name.Package()
		switch {
		case slices.Contains(builtIn, key):
			report("service %s: every entity has a field %s already", s.Name, f.Name)
		case seen[key]:
			report("service %s has two fields %s", s.Name, f.Name)
		}
		seen[key] = true
	}
}

// checkCollisions reports services that would declare the same names.
func (b Blueprint) checkCollisions(report func(string, ...any)) {
	packages, declared := map[string]Service{}, map[string]Service{}
	for _, s := range b.Services {
		if other, ok := packages[s.Name.Package()]; ok {
			report("services %s and %s are the same name", other.Name, s.Name)
			continue
		}
		packages[s.Name.Package()] = s
		for _, d := range s.declares() {
			if other, ok := declared[strings.ToLower(d)]; ok && !other.Name.Equal(s.Name) {
				report("services %s and %s cannot be in one project: both declare %s", other.Name, s.Name, d)
				break
			}
			declared[strings.ToLower(d)] = s
		}
	}
}

// declares returns the names that the service's code declares in packages that
// it shares with others. Some file systems do not tell capitals from small
// letters, and files are named for these.
func (s Service) declares() []string {
	entity, plural := s.Name.Pascal(), s.Name.Plural().Pascal()
	return []string{plural, entity + "Store", entity + "Log", "New" + plural, "New" + entity + "Log", "Mount" + plural}
}
