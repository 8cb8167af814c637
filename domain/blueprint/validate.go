package blueprint

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

var (
	projectForm = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$`)
	moduleForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.~_-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9.~_-]*)*$`)
)

// builtIn are the fields that every entity has.
var builtIn = []string{"id", "version", "createdat", "updatedat"}

// longestName is the maximum length of a project name.
const longestName = 40

// mostFields is the maximum number of fields of a service. It is well below the limit of
// 1,600 columns in Postgres, which leaves room for fields added later.
const mostFields = 1000

// mostInAll is the maximum number of fields in all services of a project.
const mostInAll = 10_000

// mostServices is the maximum number of services. More would take too long to build as
// one program.
const mostServices = 200

// folders are folder names with a special meaning in Go.
var folders = []string{"internal", "vendor", "testdata", "main"}

// devices are folder names that Go does not allow, because they are devices on Windows.
var devices = regexp.MustCompile(`^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// Problem is a reason why a project cannot be created.
type Problem struct {
	Key   string // the key in the blueprint, such as "module"
	Item  int    // the index, if the key has a list
	Field int    // the field of a service, from 1; 0 for the service itself
	What  string // the message, in one line
}

// Error returns the message.
func (p Problem) Error() string { return p.What }

// reporter reports a problem with one part of a blueprint.
type reporter func(format string, args ...any)

// Validate returns all reasons why the project cannot be created, each a Problem, or nil.
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
		at("services", 0, 0)("there are %d services; a project can have at most %d", len(b.Services), mostServices)
		return errs
	}
	fields := 0
	for i, s := range b.Services {
		s.check(func(field int) reporter { return at("services", i, field) })
		fields += len(s.Fields)
	}
	if fields > mostInAll {
		at("services", 0, 0)("there are %d fields; a project can have at most %d", fields, mostInAll)
	}
	b.checkCollisions(func(i int) reporter { return at("services", i, 0) })
	b.checkComponents(func(port string, i int) reporter { return at(port, i, 0) })
	b.checkOwn(func(i int) reporter { return at("own", i, 0) })
	for i, a := range b.Allowed {
		checkAllowance(a, at("allow", i, 0))
	}
	return errs
}

// checkAllowance checks an exception from a rule of outgrow check.
func checkAllowance(a finding.Allowance, report reporter) {
	if !slices.Contains(finding.Allowable, a.Rule) {
		report("rule %+.40q cannot be allowed%s; those that can are %s", a.Rule, Suggest(a.Rule, finding.Allowable), strings.Join(finding.Allowable, ", "))
	}
	if a.For == "." || !fs.ValidPath(a.For) {
		report("for %+.60q is neither a file or folder of the project nor an import path", a.For)
	}
	if strings.TrimSpace(a.Reason) == "" {
		report("allowing %s for %s needs a reason", a.Rule, a.For)
	}
}

var versionSuffix = regexp.MustCompile(`^v[0-9]+$`)

// NameOf returns the default name of a project: the end of its module path.
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
		origin = " (it comes from the end of the module path; a blueprint can set another name)"
	}
	report("project name %+.60q is not allowed; use at most %d lowercase letters, digits, - and _, beginning with a letter%s", b.Name, longestName, origin)
}

// checkModule reports whether the module path is valid, and reports the problem if not.
func (b Blueprint) checkModule(report reporter) bool {
	switch first, _, _ := strings.Cut(b.Module, "/"); {
	case !moduleForm.MatchString(b.Module) || len(b.Module) > 200 || path.Clean(b.Module) != b.Module || strings.Contains(b.Module, ".."):
		report("module %+.60q is not a valid module path; use one such as example.com/shop", b.Module)
	case slices.Contains(patterns, b.Module):
		report("module %q has a special meaning for the go command; begin with a domain, such as example.com/%s", b.Module, b.Module)
	case !strings.Contains(first, ".") && isStandard(first):
		report("module %q belongs to the standard library; begin with a domain, such as example.com/%s", b.Module, path.Base(b.Module))
	default:
		return true
	}
	return false
}

// patterns are words that stand for several packages in the go command.
var patterns = []string{"all", "std", "tool", "work"}

// isStandard reports whether import paths with this first element belong to Go itself.
func isStandard(first string) bool {
	return slices.Contains([]string{
		"archive", "arena", "bufio", "builtin", "bytes", "cmd", "cmp", "compress", "container", "context", "crypto", "database",
		"debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal", "io",
		"iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "simd", "slices",
		"sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique", "unsafe",
		"vendor", "weak",
	}, first)
}

// check reports problems with one service, by field.
func (s Service) check(at func(field int) reporter) {
	s.checkName(at(0))
	if len(s.Fields) > mostFields {
		at(0)("service %s has %d fields; a service can have at most %d", s.Name, len(s.Fields), mostFields)
		return
	}
	if len(s.Details()) == 0 {
		at(0)("service %s has no fields; write at least one, such as name:string", s.Name)
	}
	seen := map[string]bool{}
	of, _ := s.Tenant()
	for i, f := range s.Fields {
		key := f.Name.Package()
		switch {
		case isTenant(f) && !f.Name.Equal(of.Name):
			at(i+1)("service %s has two fields for the tenant; remove one", s.Name)
		case slices.Contains(builtIn, key):
			at(i+1)("service %s: every entity already has a field %s; %s", s.Name, f.Name, insteadOf(key))
		case seen[key]:
			at(i+1)("service %s has two fields named %s; rename one", s.Name, f.Name)
		}
		seen[key] = true
	}
}

// insteadOf says what to do instead of giving an entity a field that it has.
func insteadOf(field string) string {
	const leaveOut = "leave it out, or choose another name"
	if field == "id" {
		return leaveOut + ". It is the key, a UUID: an entity whose key is a number or a text is written by hand"
	}
	return leaveOut
}

func (s Service) checkName(report reporter) {
	switch {
	case unfit(s.Name) != "":
		report("service %s: %s; choose another name", s.Name, unfit(s.Name))
	case strings.HasPrefix(s.Name.Plural().Snake(), "sqlite_"):
		report("service %s: SQLite reserves table names that begin with sqlite_; choose another name", s.Name)
	}
}

// checkCollisions reports services that would declare the same name.
func (b Blueprint) checkCollisions(at func(service int) reporter) {
	packages, declared := map[string]Service{}, map[string]Service{}
	for i, s := range b.Services {
		if other, ok := packages[s.Name.Package()]; ok {
			at(i)("services %s and %s have the same name; rename one", other.Name, s.Name)
			continue
		}
		packages[s.Name.Package()] = s
		for _, d := range s.declares() {
			if other, ok := declared[strings.ToLower(d)]; ok && !other.Name.Equal(s.Name) {
				at(i)("services %s and %s cannot be in one project, because both declare %s; rename one", other.Name, s.Name, d)
				break
			}
			declared[strings.ToLower(d)] = s
		}
	}
}

// declares returns the names that the service's code declares in packages that it shares
// with other services. Files are named after them, and some file systems ignore case.
func (s Service) declares() []string {
	entity, plural := s.Name.Pascal(), s.Name.Plural().Pascal()
	return []string{plural, entity + "Store", entity + "Log", "New" + plural, "New" + entity + "Log", "Mount" + plural}
}
