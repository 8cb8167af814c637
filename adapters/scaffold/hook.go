package scaffold

import (
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// hookView is the data of the templates of a hook.
type hookView struct {
	Module, Package    string
	Type, Kebab, Human string
	Topic              string   // of the event of a job
	Imports            []string // of main.go, besides those that it begins with
	Lines              []string // of the wiring
}

// Hook renders the files of a hook, and what goes into main.go: a function wiring with the
// lines alone.
func (s *Scaffold) Hook(b blueprint.Blueprint, h blueprint.Hook) (files []plan.File, main plan.File, err error) {
	n := h.Name
	v := hookView{
		Module: b.Module, Package: n.Package(), Type: n.Pascal(), Kebab: n.Kebab(), Human: human(n), Topic: n.Snake() + ".due",
	}
	switch {
	case h.Timed():
		files, err = s.job(b, h, &v)
	case h.Kind == blueprint.Job:
		v.Lines = []string{fmt.Sprintf("run.Background(%q, app.New%s)", v.Kebab, v.Type)}
		files, err = s.hookFiles(v, v.Package, "work", "app")
	case h.Kind == blueprint.Command:
		v.Lines = []string{fmt.Sprintf("run.Command(&cobra.Command{Use: %q, Short: \"Print the arguments\", Args: cobra.ArbitraryArgs}, new%s)", v.Kebab, v.Type)}
		files, err = s.hookFiles(v, v.Package, "command", "")
	default:
		v.Lines = []string{"run.Middleware(new" + v.Type + ")"}
		files, err = s.hookFiles(v, v.Package, "middleware", "")
	}
	if err != nil {
		return nil, plan.File{}, err
	}
	main, err = s.wiring(v)
	return files, main, err
}

// job renders a job at times: an event that is due then, and a subscriber to it.
func (s *Scaffold) job(b blueprint.Blueprint, h blueprint.Hook, v *hookView) ([]plan.File, error) {
	folder := path.Join("domain", v.Package)
	event := model.Event{Topic: v.Topic, Struct: &model.Struct{Name: model.Name{Path: path.Join(b.Module, folder), Package: v.Package, Name: "Due"}}}
	v.Imports = []string{importOf(event.Struct.Name)}
	v.Lines = []string{
		fmt.Sprintf("run.Schedule(%q, %s, %s.Due{})", v.Kebab, whenOf(h), alias.Of(v.Package)),
		"run.Subscribe(app.New" + v.Type + ")",
	}
	files, err := renderAll(s.service, v, []output{{template: "due.go.tmpl", path: path.Join(folder, v.Package+".go")}})
	if err != nil {
		return nil, err
	}
	subscriber, err := s.subscriber(b, h.Name, event, h.Tx)
	return append(files, subscriber...), err
}

// hookFiles renders a file and its test.
func (s *Scaffold) hookFiles(view any, stem, template, folder string) ([]plan.File, error) {
	return renderAll(s.service, view, []output{
		{template: template + ".go.tmpl", path: path.Join(folder, stem+".go")},
		{template: template + "_test.go.tmpl", path: path.Join(folder, stem+"_test.go")},
	})
}

// wiring renders what goes into main.go.
func (s *Scaffold) wiring(v hookView) (plan.File, error) {
	files, err := renderAll(s.service, v, []output{{template: "wiring.go.tmpl", path: "main.go"}})
	if err != nil {
		return plan.File{}, err
	}
	return files[0], nil
}

// whenOf returns the times of a job in Go.
func whenOf(h blueprint.Hook) string {
	if h.Cron != "" {
		return fmt.Sprintf("kit.Cron(%q, %q)", h.Cron, h.Zone)
	}
	return fmt.Sprintf("kit.Every(%s, time.Time{})", durationOf(h.Every))
}

// durationOf returns a duration in Go, such as 90*time.Minute.
func durationOf(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "time.Hour"}, {time.Minute, "time.Minute"}, {time.Second, "time.Second"}, {time.Millisecond, "time.Millisecond"}} {
		switch {
		case d == unit.of:
			return unit.name
		case d%unit.of == 0:
			return strconv.FormatInt(int64(d/unit.of), 10) + "*" + unit.name
		}
	}
	return strconv.FormatInt(int64(d), 10)
}

// importOf returns the import spec of the package of a type.
func importOf(of model.Name) string {
	spec := strconv.Quote(of.Path)
	if local := alias.Of(of.Package); local != path.Base(of.Path) {
		spec = local + " " + spec
	}
	return spec
}
