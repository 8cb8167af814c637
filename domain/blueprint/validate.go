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

// longestName is how many characters the name of a project may have.
const longestName = 40

// mostFields is what leaves room for more below the 1,600 columns of Postgres.
const mostFields = 1000

// mostInAll is how many fields a project may have in all its services.
const mostInAll = 10_000

// mostServices is how many still build in a reasonable time as one program.
const mostServices = 200

// folders are names of folders to which Go gives a meaning of its own.
var folders = []string{"internal", "vendor", "testdata", "main"}

// devices are names that Go allows no folder, because Windows means devices.
var devices = regexp.MustCompile(`^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// Problem is something that keeps a project from being made.
type Problem struct {
	Key   string // the part of the blueprint that it is in, such as "module"
	Item  int    // which one, in a part that is a list
	Field int    // which field of a service, from 1; 0 for the service itself
	What  string // in one line
}

// Error returns what it is.
func (p Problem) Error() string { return p.What }

// reporter takes what is wrong with one part of a blueprint.
type reporter func(format string, args ...any)

// Validate returns everything that keeps the project from being made, a Problem
// each; nil where nothing does.
func (b Blueprint) Validate() []error {
	var errs []error
	at := func(key string, item, field int) reporter {
		return func(format string, args ...any) {
			errs = append(errs, Problem{key, item, field, fmt.Sprintf(format, args...)})
		}
	}
	if b.checkModule(at("module", 0, 0)) || b.Name != NameOf(b.Module) {
		b.checkName(at("name", 0, 0))
	}
	switch {
	case len(b.Services) == 0:
		at("services", 0, 0)("a project needs at least one service")
	case len(b.Services) > mostServices:
		at("services", 0, 0)("there are %d services; a project has %d at most", len(b.Services), mostServices)
		return errs
	}
	fields := 0
	for i, s := range b.Services {
		s.check(func(field int) reporter { return at("services", i, field) })
		fields += len(s.Fields)
	}
	if fields > mostInAll {
		at("services", 0, 0)("there are %d fields; a project has %d at most", fields, mostInAll)
	}
	b.checkCollisions(func(i int) reporter { return at("services", i, 0) })
	b.checkComponents(func(port string, i int) reporter { return at(port, i, 0) })
	return errs
}

var versionSuffix = regexp.MustCompile(`^v[0-9]+$`)

// NameOf returns the name of a project that was given none: the end of its module.
func NameOf(module string) string {
	last := path.Base(module)
	if versionSuffix.MatchString(last) {
		last = path.Base(path.Dir(module))
	}
	return strings.ToLower(strings.NewReplacer(".", "-", "~", "-").Replace(last))
}

func (b Blueprint) checkName(report reporter) {
	if projectForm.MatchString(b.Name) && len(b.Name) <= longestName {
		return
	}
	origin := ""
	if b.Name == NameOf(b.Module) {
		origin = " (it is the end of the module; a blueprint can name another)"
	}
	report("project name %+.60q: use small letters, digits, - and _, beginning with a letter, %d at most%s", b.Name, longestName, origin)
}

// checkModule reports whether the module can be one, and if not, why.
func (b Blueprint) checkModule(report reporter) bool {
	switch first, _, _ := strings.Cut(b.Module, "/"); {
	case !moduleForm.MatchString(b.Module) || len(b.Module) > 200 || path.Clean(b.Module) != b.Module || strings.Contains(b.Module, ".."):
		report("module %+.60q: write it as an import path, such as example.com/shop", b.Module)
	case slices.Contains(patterns, b.Module):
		report("module %q: the go command means something else by it; begin with a domain, such as example.com/%s", b.Module, b.Module)
	case !strings.Contains(first, ".") && isStandard(first):
		report("module %q: its first part is a package of Go's own; begin with a domain, such as example.com/%s", b.Module, path.Base(b.Module))
	default:
		return true
	}
	return false
}

// patterns are words by which the go command means many packages.
var patterns = []string{"all", "std", "tool", "work"}

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

// check reports what is wrong with one service alone, by field.
func (s Service) check(at func(field int) reporter) {
	s.checkName(at(0))
	if len(s.Fields) > mostFields {
		at(0)("service %s has %d fields; a table has %d columns at most", s.Name, len(s.Fields), mostFields)
		return
	}
	if len(s.Fields) == 0 {
		at(0)("service %s has no fields: write at least one, such as name:string", s.Name)
	}
	seen := map[string]bool{}
	for i, f := range s.Fields {
		key := f.Name.Package()
		switch {
		case slices.Contains(builtIn, key):
			at(i+1)("service %s: every entity has a field %s already", s.Name, f.Name)
		case seen[key]:
			at(i+1)("service %s has two fields %s", s.Name, f.Name)
		}
		seen[key] = true
	}
}

func (s Service) checkName(report reporter) {
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
}

// checkCollisions reports services that would declare the same names.
func (b Blueprint) checkCollisions(at func(service int) reporter) {
	packages, declared := map[string]Service{}, map[string]Service{}
	for i, s := range b.Services {
		if other, ok := packages[s.Name.Package()]; ok {
			at(i)("services %s and %s are the same name", other.Name, s.Name)
			continue
		}
		packages[s.Name.Package()] = s
		for _, d := range s.declares() {
			if other, ok := declared[strings.ToLower(d)]; ok && !other.Name.Equal(s.Name) {
				at(i)("services %s and %s cannot be in one project: both declare %s", other.Name, s.Name, d)
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
