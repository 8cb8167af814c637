// Package howto follows the pages in templates/kit/docs in projects as their owners get
// them.
package howto

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const pages = "../../templates/kit/docs"

// own are the packages of a project without those of the kit.
var own = strings.Fields(". ./domain/... ./ports/... ./app/... ./adapters/...")

// place is where pages are followed: a project, and the command that made it.
type place struct {
	*testing.T
	command string
	project string
	done    map[string]bool // the pages that were followed
	later   *[]string       // the commands that they have the program run
}

// TestPages shows that what a page says can be done in a new project, alone and after all
// others, and that nothing is found in it.
func TestPages(t *testing.T) {
	dir := t.TempDir()
	p := place{T: t, command: filepath.Join(dir, "outgrow"), project: "../.."}
	p.run("go", "build", "-o", p.command, ".")
	p.project = dir
	p.run(p.command, "new", "shop", "--module", "git.example.org/team/shop",
		"--with", "cache=memory", "--with", "blobs=folder", "--with", "locks=process", "--with", "schedule=store", "--with", "auth=file",
		"--service", "order customer:string total:int64 notes:text? status:enum:draft,paid,sent")
	names, err := filepath.Glob(pages + "/*.md")
	if err != nil || len(names) < 11 {
		t.Fatalf("found %q: %v", names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			alone := p.copy(t)
			alone.follow(filepath.Base(name))
			alone.run("go", append([]string{"vet"}, own...)...)
		})
	}
	t.Run("together", func(t *testing.T) {
		together := p.copy(t)
		for _, name := range names {
			together.follow(filepath.Base(name))
		}
		together.run(p.command, "generate")
		together.run(p.command, "check")
		together.run("go", append([]string{"vet"}, own...)...)
		together.run("go", "test", "./app", "./domain/...")
		program := filepath.Join(t.TempDir(), "program")
		together.run("go", "build", "-o", program, ".")
		mails, err := net.Listen("tcp", "127.0.0.1:0") // who asks is connected, and told nothing
		if err != nil {
			t.Fatal(err)
		}
		defer mails.Close() //nolint:errcheck // nothing was sent
		for _, args := range *together.later {
			together.run("env", append([]string{"SHOP_MAILER_SMTP_ADDR=" + mails.Addr().String(), program}, strings.Fields(args)...)...)
		}
		together.asked(program)
	})
}

// copy returns the place with a copy of its project.
func (p place) copy(t *testing.T) place {
	t.Helper()
	to := filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(to, os.DirFS(filepath.Join(p.project, "shop"))); err != nil {
		t.Fatal(err)
	}
	return place{t, p.command, to, map[string]bool{}, new([]string)}
}

// follow does what a page says, after what those say that it needs. What the program is to
// run waits, because each change of it takes seconds to link.
func (p place) follow(name string) {
	p.Helper()
	if p.done[name] {
		return
	}
	p.done[name] = true
	text, err := os.ReadFile(filepath.Join(p.project, "kit", "docs", name))
	if err != nil {
		p.Fatal(err)
	}
	for _, needed := range needs(string(text)) {
		p.follow(needed)
	}
	for _, b := range blocksOf(string(text)) {
		switch b.language {
		case "":
		case "sh":
			p.commands(b)
		default:
			p.edit(name, b)
		}
	}
}

// edit does to the project what a block says.
func (p place) edit(page string, b block) {
	p.Helper()
	files := b.files()
	if len(files) == 0 || len(files) > 1 && b.language != "sql" {
		p.Fatalf("%s: the code belongs in the files %q:\n%s", page, files, b.text)
	}
	for _, name := range files {
		name = strings.Replace(name, "VERSION", time.Now().UTC().Format("20060102150405")+"999", 1)
		to := filepath.Join(p.project, filepath.FromSlash(name))
		old, err := os.ReadFile(to)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			p.Fatal(err)
		}
		text, err := b.edited(name, old)
		if err != nil {
			p.Fatalf("%s: %v", page, err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			p.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			p.Fatal(err)
		}
	}
}

// commands runs the lines of a block.
func (p place) commands(b block) {
	p.Helper()
	for line := range strings.Lines(b.text) {
		line = strings.TrimSpace(line)
		args := words(line)
		if own, ok := strings.CutPrefix(line, "go run . "); ok {
			*p.later = append(*p.later, own)
			continue
		}
		if args[0] == "outgrow" {
			args[0] = p.command
		} else if args[0] != "go" || args[1] == "run" {
			p.Fatalf("a test cannot run %s", line)
		}
		p.run(args[0], args[1:]...)
	}
}

// words splits a command line; what is in quotes is one word.
func words(line string) []string {
	var all []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		all = append(all, strings.Trim(word, "'"))
	}
	return all
}

// run runs a command in the project, without the network.
func (p place) run(name string, args ...string) {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), name, args...)
	cmd.Dir = p.project
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath -ldflags=-w", "GOWORK=off",
		"TEST_CONTAINERS=off")
	if p.done["middleware.md"] {
		cmd.Env = append(cmd.Env, "SHOP_API_TOKEN=secret")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}
