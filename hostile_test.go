//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

// Limits for refusing something. The time is processor time, because a busy machine is
// not the command's fault.
const (
	longestAnswer = 10 * time.Second
	mostMemory    = 400 << 20
)

// refused is a command line that is refused, and the expected message.
type refused struct {
	args []string
	says string
}

// newShop returns the arguments that create the project shop.
func newShop(args ...string) []string { return append([]string{"new", "shop"}, args...) }

func service(text, says string) refused { return refused{newShop("--service", text), says} }
func module(text, says string) refused  { return refused{newShop("--module", text), says} }
func with(text, says string) refused    { return refused{newShop("--with", text), says} }

func folder(name, says string) refused {
	return refused{[]string{"new", "--module", "example.com/shop", "--", name}, says}
}

const noName = "is not a valid name; use letters"

// hostileArguments returns command lines. It is a function, not a variable, because the
// tested command is also this program.
func hostileArguments() map[string]refused {
	long := strings.Repeat("a", 10_000)
	return map[string]refused{
		// names of services
		"service of dots":          service("../x a:string", `"../x" `+noName),
		"service of a path":        service("/etc/passwd a:string", noName),
		"service up and down":      service("a/../../b a:string", noName),
		"service in color":         service("a\x1b[31mb a:string", `"a\x1b[31mb" `+noName),
		"service turned around":    service("a\u202eb a:string", `"a\u202eb" `+noName),
		"service with nothing":     service("or\u200bder a:string", `"or\u200bder" `+noName),
		"service in Cyrillic":      service("\u043erder a:string", `"\u043erder" `+noName),
		"service of bytes":         service("a\xff a:string", noName),
		"service too long":         service(long+" a:string", "is too long"),
		"service of dashes":        service("---", noName),
		"service of a dash":        service("- a:string", noName),
		"service of _":             service("_ a:string", noName),
		"service of a digit":       service("1st a:string", noName),
		"service of a template":    service("{{.}} a:string", noName),
		"service of SQL":           service("'; DROP TABLE orders;-- a:string", noName),
		"service of a command":     service("$(id) a:string", noName),
		"service of backticks":     service("`id` a:string", noName),
		"service of HTML":          service("<script> a:string", noName),
		"service of quotes":        service(`"order" a:string`, noName),
		"no service":               service("", "the service is missing"),
		"blank service":            service(" \t\n ", "the service is missing"),
		"service without fields":   service("order", "has no fields"),
		"keyword":                  service("type a:string", "is a Go keyword"),
		"predeclared":              service("error a:string", "is predeclared in Go"),
		"predeclared any":          service("any a:string", "is predeclared in Go"),
		"internal":                 service("internal a:string", "has a special meaning in Go"),
		"main":                     service("main a:string", "has a special meaning in Go"),
		"device":                   service("AUX a:string", "is a device on Windows"),
		"device with a number":     service("com1 a:string", "is a device on Windows"),
		"tables of SQLite":         service("sqlite_master a:string", "SQLite reserves"),
		"same service":             {newShop("--service", "order_item a:string", "--service", "orderItem a:string"), "have the same name"},
		"same plural":              {newShop("--service", "person a:string", "--service", "people a:string"), "both declare People"},
		"plural is another's":      {newShop("--service", "order a:string", "--service", "orders a:string"), "both declare Orders"},
		"constructor of another":   {newShop("--service", "order a:string", "--service", "new_order a:string"), "both declare NewOrders"},
		"service in a long line":   service(strings.Repeat("order ", 10_000), `"order" has no type`),
		"far too many fields":      service("order "+strings.Repeat("a:int ", 10_000), "has 10000 fields"),
		"the same field for ever":  service("order "+strings.Repeat("a:int ", 900), "has two fields named a;"),
		"services and a blueprint": {newShop("--service", "a b:int", "--blueprint", "mine"), "--service and --blueprint cannot be used together"},

		// fields
		"field id":               service("order id:uuid", "already has a field id;"),
		"field version":          service("order VERSION:int", "already has a field version;"),
		"field created":          service("order createdAt:time", "already has a field created_at;"),
		"field updated":          service("order updated-at:time", "already has a field updated_at;"),
		"field twice":            service("order a_b:string aB:int", "has two fields named ab;"),
		"field twice, by number": service("order a_1:string a1:int", "has two fields named a1;"),
		"field of a path":        service("order ../x:string", noName),
		"field in color":         service("order \x1b[31m:string", noName),
		"field turned around":    service("order \u202ea:string", noName),
		"field too long":         service("order "+long+":string", "is too long"),
		"field without a name":   service("order :string", "name is missing"),
		"field without a type":   service("order "+long, "has no type; write it as name:type"),
		"no type":                service("order a:", `unknown type ""`),
		"type too long":          service("order a:"+long, "unknown type"),
		"type in color":          service("order a:\x1b[31m", `unknown type "\x1b[31m"`),
		"type nearly":            service("order a:strng", `did you mean "string"?`),
		"type of Go":             service("order a:map[string]int", "unknown type"),
		"pointer of Go":          service("order a:*string", "unknown type"),
		"list of lists":          service("order a:[][]string", "unknown type"),
		"type and SQL":           service("order a:string;--", "unknown type"),
		"list of enums":          service("order a:[]enum:b", "lists of enums are not supported"),
		"values of a string":     service("order a:string:b", "only an enum has values"),
		"enum without values":    service("order a:enum", "only an enum has values"),
		"empty value":            service("order a:enum:b,", "name is missing"),
		"same value":             service("order a:enum:a_b,aB", "the same name in Go"),
		"same value but case":    service("order a:enum:A,a", "the same name in Go"),
		"value of a template":    service("order a:enum:{{.}}", noName),
		"value of quotes":        service(`order a:enum:"`, noName),
		"value too long":         service("order a:enum:"+long, "is too long"),
		"value turned around":    service("order a:enum:\u202e", noName),

		// modules
		"module above":          module("../x", "is not a valid module path"),
		"module from the root":  module("/abs/path", "is not a valid module path"),
		"module up and down":    module("a/../../b", "is not a valid module path"),
		"module with dots":      module("example.com/../x", "is not a valid module path"),
		"module of empty parts": module("example.com//x", "is not a valid module path"),
		"module with an end":    module("example.com/", "is not a valid module path"),
		"module of a flag":      module("-toolexec=sh", "is not a valid module path"),
		"module of two words":   module("x y", "is not a valid module path"),
		"module in color":       module("e\x1b[31m", `"e\x1b[31m"`),
		"module in two lines":   module("example.com/a\nreplace b => c", "is not a valid module path"),
		"module turned around":  module("example.com/\u202ex", `\u202ex`),
		"module beyond ASCII":   module("\u0435xample.com/x", "is not a valid module path"),
		"module too long":       module(long, "is not a valid module path"),
		"module of a template":  module("{{.}}", "is not a valid module path"),
		"module of a command":   module("example.com/$(id)", "is not a valid module path"),
		"module of a quote":     module("example.com/a'b", "is not a valid module path"),
		"module of a drive":     module(`C:\x`, "is not a valid module path"),
		"module of a URL":       module("https://example.com/x", "is not a valid module path"),
		"module with a version": module("example.com/a@v1", "is not a valid module path"),
		"module at version 1":   module("example.com/shop/v1", "is not allowed by Go"),
		"module of gopkg.in":    module("gopkg.in/x", "is not allowed by Go"),
		"module of a device":    module("example.com/con", "is not allowed by Go"),
		"module of Go's":        module("net/http", "belongs to the standard library"),
		"module cmd":            module("cmd/x", "belongs to the standard library"),
		"module std":            module("std", "has a special meaning for the go command"),
		"module all":            module("all", "has a special meaning for the go command"),
		"module of another's":   module("github.com/spf13/viper", "which would be part of it"),
		"module of no project":  module("example.com/2shop", "it comes from the end of the module path"),
		"module of a long name": module("example.com/"+strings.Repeat("a", 41), "at most 40"),
		"module that is hidden": module(".git", "is not a valid module path"),

		// adapters
		"adapters of nothing":    with("", "such as store=sqlite,postgres"),
		"adapters of no port":    with("=sqlite", `unknown port ""`),
		"no adapters":            with("store=", "such as store=sqlite,postgres"),
		"adapters of commas":     with("store=,,", "such as store=sqlite,postgres"),
		"adapter of nothing":     with("store=sqlite,,postgres", `unknown component ""`),
		"adapter of a path":      with("store=sqlite,../x", `unknown component "../x"`),
		"adapter in color":       with("store=sqlite,\x1b[31m", `unknown component "\x1b[31m"`),
		"adapter too long":       with("store=sqlite,"+long, "unknown component"),
		"adapter nearly":         with("bus=channels,natz", `did you mean "nats"?`),
		"adapter twice":          with("store=sqlite,sqlite", "is listed twice"),
		"adapter that is in all": with("store=postgres", "every project has sqlite"),
		"port nearly":            with("stor=sqlite", `did you mean "store"?`),
		"port turned around":     with("\u202e=sqlite", `\u202e`),

		// folders
		"no folder":                {[]string{"new", ""}, "the folder is missing"},
		"blank folder":             folder("  ", "the folder is missing"),
		"folder of two lines":      folder("a\nb", "invisible characters"),
		"folder in color":          folder("a\x1b[31mb", "invisible characters"),
		"folder turned around":     folder("a\u202eb", "invisible characters"),
		"folder with nothing":      folder("a\u200bb", "invisible characters"),
		"folder of bytes":          folder("\xff", "invisible characters"),
		"folder too long":          folder(long, "file name too long"),
		"folders too long":         folder(strings.Repeat("a/", 5_000), "file name too long"),
		"folder named for nothing": {[]string{"new", "--", "--"}, "is not a valid module path"},
		"folder that is hidden":    {[]string{"new", ".hidden"}, "is not a valid module path"},
		"the root":                 folder("/", "is not empty"),
		"a device":                 folder("/dev/null", "is not a folder"),
		"below a device":           folder("/dev/null/shop", "not a directory"),
		"where nobody can write":   folder("/proc/shop", "cannot write to this folder"),
		"a file":                   folder("mine", "is not a folder"),
		"below a file":             folder("mine/shop", "not a directory"),
		"a pipe":                   folder("pipe", "is not a folder"),
		"a link":                   folder("link", "is a symbolic link"),
		"a link to nothing":        folder("dangling", "is a symbolic link"),
		"a link to itself":         folder("loop", "is a symbolic link"),
		"below a link to nothing":  folder("dangling/shop", "no such file or directory"),
		"below a link to itself":   folder("loop/shop", "too many levels of symbolic links"),
		"above":                    folder("..", "is not empty"),
		"a folder of odd files":    folder("odd", `it contains "a\x1b[31mb"`),

		// command lines
		"unknown command":   {[]string{"n\x1b[31mew"}, `unknown command "n\x1b[31mew"`},
		"command too long":  {[]string{long}, "unknown command"},
		"unknown flag":      {newShop("--" + long), "unknown flag"},
		"flag in color":     {newShop("--a\x1b[31m"), "unknown flag"},
		"unknown adapter":   {[]string{"add", "adapter", "../x"}, `port ".." is not a valid name`},
		"no blueprint":      {newShop("--blueprint", "none"), "none: no such file"},
		"blueprint long":    {newShop("--blueprint", long), "file name too long"},
		"blueprint folder":  {newShop("--blueprint", "odd"), "is a directory"},
		"blueprint is zero": {newShop("--blueprint", "/dev/zero"), "the file is too large"},
		"blueprint is null": {newShop("--blueprint", "/dev/null"), "the file is empty"},
		"blueprint loops":   {newShop("--blueprint", "loop"), "too many levels of symbolic links"},
		"blueprint is huge": {newShop("--blueprint", "huge"), "the file has 100 MB"},
	}
}

// TestHostileArguments shows that hostile arguments are refused: see refuse.
func TestHostileArguments(t *testing.T) {
	all := hostileArguments()
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := trapped(t)
			refuse(t, dir, filepath.Join(dir, "here"), 2, c.says, c.args...)
		})
	}
	t.Logf("%d command lines", len(all))
}

const services = "services:\n  - name: order\n    fields: [a:string]\n"

// hostileBlueprints returns blueprints and the expected messages.
func hostileBlueprints() map[string]struct{ text, says string } {
	return map[string]struct{ text, says string }{
		"empty":             {"", "b:1:1: the file is empty"},
		"a comment":         {"# nothing", "b:1:1: the file is empty"},
		"null":              {"null", "b:1:1: expected keys with values here"},
		"a list":            {"- a", "b:1:1: expected keys with values here"},
		"a text":            {"shop", "b:1:1: expected keys with values here"},
		"a tab":             {"services:\n\t- name: order", "b:2:1: invalid YAML"},
		"no end":            {"name: \"abc", "b:1:1: invalid YAML"},
		"a zero":            {"name: a\x00b\n" + services, `b:1:8: unexpected control character '\x00'`},
		"color":             {services + "name: \x1b[31m", `b:4:7: unexpected control character '\x1b'`},
		"color, in code":    {`name: "\e[31m"` + "\n" + services, `b:1:7: project name "\x1b[31m"`},
		"a program":         {"\x7fELF\x02\x01", "b:1:1: unexpected control character"},
		"Latin 1":           {"name: caf\xe9", `b:1:10: the byte \xe9 is not valid UTF-8`},
		"half of UTF-16":    {"\xff\xfea", "b:1:1: invalid YAML"},
		"a bomb":            {bomb(), "b:1:1: unknown key"},
		"an alias":          {"name: &a shop\nmodule: *a\n" + services, "b:2:9: expected a string here"},
		"an alias of a key": {"name: &a module\n*a : x\n" + services, "b:2:1: expected a key here"},
		"an alias unknown":  {services + "module: *a", "b:4:9: invalid YAML"},
		"an alias, named":   {"services:\n  - &a {name: order, fields: [a:string]}\n  - *a", "b:3:5: expected keys with values here"},
		"a merge key":       {"services:\n  - &a\n    name: order\n    fields: [a:string]\n  - <<: *a\n    name: b", `b:5:5: unknown key "<<"`},
		"coded bytes":       {"name: !!binary c2hvcA==\n" + services, "b:1:7: expected a string here"},
		"a tag":             {"name: !shop shop\n" + services, "b:1:7: expected a string here"},
		"a tag of a map":    {"!!python/object:os.system {name: x}", "b:1:1: a project needs at least one service"},
		"a key twice":       {"name: a\nname: b\n" + services, "b:2:1: duplicate key name"},
		"two documents":     {services + "---\n" + services, "b:4:1: a second document"},
		"a key of a list":   {"? [a]\n: b\n" + services, "b:1:3: expected a key here"},
		"a key in color":    {`"\e[31m` + `\u202e": x` + "\n" + services, `b:1:1: unknown key "\x1b[31m\u202e"`},
		"a long key":        {strings.Repeat("a", 500) + ": x\n" + services, "b:1:1: unknown key"},
		"keys for ever":     {keys(60_000), "and 59980 more"},
		"deep lists":        {strings.Repeat("[", 500_000), "b:1:1: invalid YAML: exceeded max depth"},
		"deep items":        {strings.Repeat("- ", 300_000), "b:1:1: invalid YAML: exceeded max depth"},
		"deep keys":         {"a: " + strings.Repeat("{a: ", 9_000) + strings.Repeat("}", 9_000), "b:1:1: unknown key"},
		"too large":         {"#" + strings.Repeat("a", 2<<20), "b: the file has 2 MB, but a blueprint can have at most 1 MB"},

		"unknown key":        {"servces: []", `b:1:1: unknown key "servces" (did you mean "services"?)`},
		"unknown key inside": {"services:\n  - nam: order", `b:2:5: unknown key "nam" (did you mean "name"?)`},
		"unknown type":       {"services:\n  - name: order\n    fields: [a:strin]", `b:3:14: field a: unknown type "strin" (did you mean "string"?)`},
		"unknown store":      {"components: [store/sqlite,\n store/postgre]\n" + services, `b:2:2: store: unknown component "postgre" (did you mean "postgres"?)`},
		"unknown bus":        {"components: [bus/channel]\n" + services, `b:1:14: bus: unknown component "channel" (did you mean "channels"?)`},
		"a store twice":      {"components: [store/sqlite, store/sqlite]\n" + services, "b:1:28: store: sqlite is listed twice"},
		"another store":      {"components: [store/postgres]\n" + services, "b:1:14: store: every project has sqlite"},
		"a store alone":      {"components: store/sqlite\n" + services, "b:1:13: expected a list here"},
		"stores in a list":   {"components: [[store/sqlite]]\n" + services, "b:1:14: expected a string here"},
		"an unknown port":    {"components: [stores/sqlite]\n" + services, `b:1:14: unknown component "stores/sqlite" (did you mean "store/sqlite"?)`},
		"a port alone":       {"components: [store]\n" + services, `b:1:14: unknown component "store"; write it as port/adapter`},
		"format":             {"format: 3\n" + services, `b:1:9: format "3" is not known`},
		"kit":                {"kit: \"x\\nname: evil\"\n" + services, "b:1:6: kit"},
		"no name":            {"name:\n" + services, "b:1:6: expected a string here"},
		"a number":           {"name: 12\n" + services, `b:1:7: project name "12"`},
		"a module":           {"module: ../x\n" + services, `b:1:9: module "../x"`},
		"a module of Go":     {"module: net/x\n" + services, `b:1:9: module "net/x"`},
		"services by name":   {"services: {order: [a:string]}", "b:1:11: expected a list here"},
		"no services":        {"services: []", "b:1:11: a project needs at least one service"},
		"a service of text":  {"services: [order]", "b:1:12: expected keys with values here"},
		"a service unnamed":  {"services:\n  - fields: [a:string]", "b:2:5: a service needs a name"},
		"a service named so": {"services:\n  - name: type\n    fields: [a:string]", "b:2:11: service type: type is a Go keyword"},
		"services alike":     {services + "  - name: orders\n    fields: [a:string]", "b:4:11: services order and orders cannot be in one project, because both declare Orders"},
		"fields by name":     {"services:\n  - name: order\n    fields: {a: string}", "b:3:13: expected a list here"},
		"a field by name":    {"services:\n  - name: order\n    fields:\n      - a: string", "b:4:9: expected a field here"},
		"a field that is":    {"services:\n  - name: order\n    fields: [a:string, id:uuid]", "b:3:24: service order: every entity already has a field id"},
		"a field twice":      {"services:\n  - name: order\n    fields: [a:string, A:int]", "b:3:24: service order has two fields named a;"},
		"too many services":  {manyServices(5_000), "b:2:11: there are 5000 services; a project can have at most 200"},
		"too many fields":    {"services:\n  - name: order\n    fields: [" + strings.Repeat("a:int,", 50_000) + "]", "b:2:11: service order has 50000 fields"},
		"fields in all":      {manyFields(12, 999), "there are 11988 fields; a project can have at most 10000"},
		"an earlier format":  {"format: 1\n" + services, `b:1:9: format "1" is not known; this version reads format 2`},
	}
}

// TestHostileBlueprints shows that each is refused, with the position of the problem.
func TestHostileBlueprints(t *testing.T) {
	all := hostileBlueprints()
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := trapped(t)
			put(t, filepath.Join(dir, "here", "b"), c.text)
			refuse(t, dir, filepath.Join(dir, "here"), 2, c.says, newShop("--blueprint", "b")...)
		})
	}
	t.Logf("%d blueprints", len(all))
}

// bomb is a billion laughs.
func bomb() string {
	text := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		text += fmt.Sprintf("%c: &%[1]c [%s]\n", c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10))
	}
	return text + "services: *j\n"
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: x\n", i)
	}
	return b.String()
}

func manyServices(n int) string {
	text := "services:\n"
	for i := range n {
		text += fmt.Sprintf("  - name: a%dx\n    fields: [a:int]\n", i)
	}
	return text
}

func manyFields(services, fields int) string {
	var b strings.Builder
	b.WriteString("services:\n")
	for i := range services {
		fmt.Fprintf(&b, "  - name: a%dx\n    fields: [", i)
		for j := range fields {
			fmt.Fprintf(&b, "f%d:int,", j)
		}
		b.WriteString("]\n")
	}
	return b.String()
}

// hostileProject is something done to a project.
type hostileProject struct {
	do   func(t *testing.T, dir string)
	code int
	says string
	also []string // commands besides generate, generate --check and add adapter
}

// hostileProjects returns things done to a project, with the exit code and the message of
// the commands that read it. The exit code is 1 for problems in Go code.
func hostileProjects() map[string]hostileProject {
	return map[string]hostileProject{
		"no record":               {remove("outgrow.yaml"), 2, "there is no project in this folder", nil},
		"a record without an end": {link("/dev/zero", "outgrow.yaml"), 2, "outgrow.yaml is not a regular file", []string{"list"}},
		"a record of 100 MB":      {large("outgrow.yaml"), 2, "outgrow.yaml has 100 MB", []string{"list"}},
		"a record that is broken": {write("outgrow.yaml", "name: [a"), 2, "outgrow.yaml:1:1: invalid YAML", []string{"list"}},
		"a record of a path":      {edit("outgrow.yaml", "module: example.com/shop", "module: ../x"), 2, `outgrow.yaml:7:9: module "../x"`, []string{"list"}},
		"a record with lines":     {edit("outgrow.yaml", "kit: ", "kit: \"a\\nname: b\" #"), 2, "outgrow.yaml:5:6: kit", []string{"list"}},
		"a record of before":      {edit("outgrow.yaml", "format: 2", "format: 1"), 2, "outgrow.yaml:4:9: this project was made by an earlier outgrow (format 1), which", []string{"list"}},
		"a lock without an end":   {link("/dev/zero", "outgrow.lock"), 2, "outgrow.lock is not a regular file", nil},
		"a lock of SQL":           {edit("outgrow.lock", "table orders", "table orders;DROP"), 2, `"orders;DROP" is not allowed here`, nil},
		"a lock of quotes":        {edit("outgrow.lock", "customer customer string", "customer customer'-- string"), 2, `"customer'--" is not allowed here`, nil},
		"a lock of Go":            {edit("outgrow.lock", "customer customer string", "customer\"+x customer string"), 2, `is not allowed here`, nil},
		"a lock of numbers":       {edit("outgrow.lock", "customer customer string ", "customer customer string 9"), 2, "the migration is", nil},
		"a lock of bytes":         {write("outgrow.lock", strings.Repeat("\x1b[31m\xff\n", 1000)), 2, "outgrow.lock:1:1: a line before the first struct", nil},
		"a lock that is a folder": {folderAt("outgrow.lock"), 2, "is a directory", nil},
		"a source without an end": {link("/dev/zero", "domain/order/x.go"), 2, "domain/order/x.go is not a regular file", nil},
		"a source of a pipe":      {pipe("domain/order/x.go"), 2, "domain/order/x.go is not a regular file", nil},
		"a source of 100 MB":      {large("domain/order/x.go"), 2, "domain/order/x.go has 100 MB", nil},
		"a source in color":       {write("domain/order/a\x1b[31mb.go", "package order\nfunc"), 1, `domain/order/a\x1b[31mb.go:2:5`, nil},
		"a source of color":       {write("domain/order/x.go", "package order\n\x1b[31m"), 1, "domain/order/x.go:2:1", nil},
		"a deep source":           {write("domain/order/x.go", "package order\nvar x = "+strings.Repeat("(", 200_000)), 1, "exceeded max nesting depth", nil},
		"a cycle":                 {write("domain/order/x.go", "package order\nimport _ \"example.com/shop/ports\""), 1, "import cycle", nil},
		"an import of C":          {write("domain/order/x.go", "package order\nimport \"C\""), 1, "domain/order/x.go:2:8", nil},
		"an import from above":    {write("domain/order/x.go", "package order\nimport _ \"../../../etc\""), 1, `domain/order/x.go:2:8: "../../../etc" is not a valid import path`, nil},
		"an import of all":        {write("domain/order/x.go", "package order\nimport _ \"./...\""), 1, `is not a valid import path`, nil},
		"an import of a flag":     {write("domain/order/x.go", "package order\nimport _ \"-toolexec=sh\""), 1, "is not a valid import path", nil},
		"no go.mod":               {remove("go.mod"), 2, "go.mod: no such file", nil},
		"a go.mod without an end": {link("/dev/zero", "go.mod"), 2, "go.mod is not a regular file", nil},
		"a go.mod of a path":      {write("go.mod", "module ../../x"), 2, "go.mod", nil},
		"no domain":               {remove("domain"), 2, "domain: no such file", nil},
		"ports that are a file":   {write("ports", ""), 2, "ports: not a directory", nil},
		"a link in the way": {func(t *testing.T, dir string) {
			link("../../../../trap/none", "adapters/sqlite/order_gen.go")(t, dir)
		}, 2, "adapters/sqlite/order_gen.go is a symbolic link", []string{"not --check"}},
		"a linked folder in the way": {func(t *testing.T, dir string) {
			link("../../../trap/empty", "adapters/sqlite")(t, dir)
		}, 2, "adapters/sqlite is a symbolic link", []string{"not --check"}},
	}
}

// TestHostileProjects shows that the commands that read a project refuse hostile contents.
func TestHostileProjects(t *testing.T) {
	all := hostileProjects()
	base := made(t, newShop("--module", "example.com/shop", "--with", "bus=channels", "--with", "store=sqlite")...)
	tried := 0
	for name, c := range all {
		commands := append([]string{"generate", "generate --check", "add adapter nats"}, c.also...)
		if slices.Contains(commands, "not --check") { // because it writes nothing
			commands = []string{"generate", "add adapter nats"}
		}
		tried += len(commands)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := trapped(t)
			shop := filepath.Join(dir, "here", "shop")
			if err := os.CopyFS(shop, os.DirFS(base)); err != nil {
				t.Fatal(err)
			}
			c.do(t, shop)
			for _, command := range commands {
				refuse(t, dir, shop, c.code, c.says, strings.Fields(command)...)
			}
		})
	}
	t.Logf("%d projects, %d commands", len(all), tried)
}

// TestGone shows that nothing is done in a folder that no longer exists.
func TestGone(t *testing.T) {
	for _, command := range []string{"new shop", "generate", "add adapter nats", "list"} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "mkdir gone && cd gone && rmdir ../gone && exec outgrow "+command)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "the current folder no longer exists") {
			t.Errorf("%s: %v: %s", command, err, out)
		}
	}
}

// TestLegal shows that odd but legal names work, all at once, in one project that builds.
func TestLegal(t *testing.T) {
	odd := strings.Fields(`outbox outbox_lease inbox dead_letter idempotency_key goose_db_version domain ports app adapters config delivery
		memory sqlite channels httpjson jsonwire system storetest bustest event page listing clock kit order_store order
		x_test app_windows test init linux_amd64 A1 HTTPServer order-item`)
	text := "\ufeff# CRLF, and a mark before it\nmodule: example.com/~odd/x.git/internal\nname: odd\nservices:\n"
	for _, name := range odd {
		text += "  - name: " + name + "\n    fields:\n      - 'type:enum:func,type?'\n      - 'select:[]string'\n      - 'enum:enum:enum'\n"
	}
	units := utf16.Encode([]rune(strings.ReplaceAll(text, "\n", "\r\n")))
	data := make([]byte, 0, 2*len(units))
	for _, u := range units {
		data = append(data, byte(u), byte(u>>8))
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "b.yaml"), string(data))
	if err := os.MkdirAll(filepath.Join(dir, "elsewhere"), 0o700); err != nil {
		t.Fatal(err)
	}
	link("elsewhere", "link")(t, dir)
	for _, name := range []string{"two words", "o'clock$(id)", "link/a", "a/../../" + filepath.Base(dir) + "/b", filepath.Join(dir, "c"), "\u00e9t\u00e9", "~"} {
		cmd := exec.CommandContext(t.Context(), "outgrow", "new", name, "--blueprint", "b.yaml", "--with", "bus=channels", "--with", "store=sqlite")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		cd := regexp.MustCompile(`(?m)^  (cd .*)$`).FindString(string(out))
		there := exec.CommandContext(t.Context(), "sh", "-c", cd+" && test -f go.mod")
		there.Dir = dir
		if out, err := there.CombinedOutput(); err != nil {
			t.Errorf("%s does not lead to the project: %v %s", cd, err, out)
		}
	}
	if testing.Short() {
		return
	}
	vet := exec.CommandContext(t.Context(), "go", "vet", "./...")
	vet.Dir = filepath.Join(dir, "two words")
	vet.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath")
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// trapped returns a folder with a folder "here", in which commands are run, and with
// traps around it.
func trapped(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	here := filepath.Join(dir, "here")
	for _, folder := range []string{"trap/empty", "here/odd"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "trap", "order_gen.go"), "mine")
	put(t, filepath.Join(here, "mine"), "mine")
	put(t, filepath.Join(here, "odd", "a\x1b[31mb"), "mine")
	link("../trap", "link")(t, here)
	link("nothing", "dangling")(t, here)
	link("loop", "loop")(t, here)
	pipe("pipe")(t, here)
	large("huge")(t, here)
	return dir
}

// jargon matches internal details that no message should contain.
var jargon = regexp.MustCompile(`yaml: |unmarshal|strconv|strings\.|goroutine|panic|nil|%!|l?stat /|open [/a-z]|mkdir |exit status|invalid argument|0x[0-9a-f]{6}`)

// refuse runs the command in a folder within dir, and shows that it exits with the code,
// says why in a few short lines of printable characters, is fast and uses little memory,
// and changes nothing in dir.
func refuse(t *testing.T, dir, here string, code int, says string, args ...string) {
	t.Helper()
	before := everything(t, dir)
	cmd := exec.CommandContext(t.Context(), "outgrow", args...)
	cmd.Dir = here
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	_ = cmd.Run() // ProcessState has the result
	told := errOut.String()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d: %.300q", got, code, told)
	}
	if !strings.Contains(told, says) {
		t.Errorf("%.400q does not say %q", told, says)
	}
	if code == 2 && (!strings.HasPrefix(told, "outgrow: ") || out.Len() > 0) {
		t.Errorf("printed %.200q, and %.200q", out.String(), told)
	}
	legible(t, told)
	if after := everything(t, dir); !maps.Equal(before, after) {
		t.Errorf("before %v, after %v", len(before), len(after))
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	memory := usage.Maxrss * 1024
	if runtime.GOOS == "darwin" {
		memory = usage.Maxrss
	}
	if isRace() {
		return // the race detector needs more time and memory
	}
	if spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); spent > longestAnswer || memory > mostMemory {
		t.Errorf("it took %v and %d MB", spent, memory>>20)
	}
}

// isRace reports whether this was built with the race detector.
func isRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// legible shows that a message can be read.
func legible(t *testing.T, told string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(told, "\n"), "\n")
	if len(lines) > 30 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if len(line) > 600 {
			t.Errorf("a line of %d bytes: %.100q", len(line), line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }); i >= 0 {
			t.Errorf("%q is not printable in %q", line[i:], line)
		}
		if found := jargon.FindString(line); found != "" {
			t.Errorf("%q in %q", found, line)
		}
	}
}

// everything returns the contents of a folder and its subfolders, including links and
// modes.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[name] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano())
		if d.IsDir() {
			all[name] = fmt.Sprint(info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The remaining functions do something to a path in a folder.
type deed = func(t *testing.T, dir string)

func remove(name string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func write(name, text string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		remove(name)(t, dir)
		put(t, filepath.Join(dir, name), text)
	}
}

func edit(name, old, text string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(data), old) {
			t.Fatalf("%q is not in %s: %v", old, data, err)
		}
		put(t, filepath.Join(dir, name), strings.Replace(string(data), old, text, 1))
	}
}

func link(to, name string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		remove(name)(t, dir)
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func pipe(name string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// large makes a file of 100 MB that takes no room.
func large(name string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		write(name, "")(t, dir)
		if err := os.Truncate(filepath.Join(dir, name), 100<<20); err != nil {
			t.Fatal(err)
		}
	}
}

func folderAt(name string) deed {
	return func(t *testing.T, dir string) {
		t.Helper()
		remove(name)(t, dir)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
