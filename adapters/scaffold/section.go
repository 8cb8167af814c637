package scaffold

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// sectionView is the data of the templates of a section of the configuration.
type sectionView struct {
	Module, Prefix      string
	Name, Section, Type string // "orders", "Orders" and "OrdersConfig"
	Keys                []keyView
}

// keyView is a key of a section.
type keyView struct {
	Path      string // "orders.max_total"
	Go, Type  string // of its field
	Comment   string // of its field; may be empty
	Text      string // another value, as a setting
	Value     string // the same in Go
	setting   blueprint.Setting
	looksLike string // its value
}

// form is how keys of a kind are written.
type form struct{ goType, text, value, wanted string }

var forms = map[string]form{
	"string":   {"string", "x", `"x"`, "a text"},
	"bool":     {"bool", "true", "true", "true or false"},
	"int64":    {"int64", "1", "1", "a whole number"},
	"float64":  {"float64", "1.5", "1.5", "a number"},
	"duration": {"time.Duration", "1s", "time.Second", "a duration"},
	"list":     {"[]string", "x,y", `strings.Fields("x y")`, "a list of texts"},
	"secret":   {"kit.Secret", "x", `kit.NewSecret("x")`, ""},
}

func newSectionView(b blueprint.Blueprint, s blueprint.Section) sectionView {
	v := sectionView{Module: b.Module, Prefix: b.Prefix(), Name: s.Name.Snake(), Section: s.Name.Pascal(), Type: s.Name.Pascal() + "Config"}
	for _, k := range s.Keys {
		f := forms[k.Kind]
		v.Keys = append(v.Keys, keyView{
			Path: s.Name.Snake() + "." + k.Name.Snake(), Go: k.Name.Pascal(), Type: f.goType, Comment: k.Comment,
			Text: f.text, Value: f.value, setting: k, looksLike: f.wanted,
		})
	}
	return v
}

// Uses reports whether the types of the keys, or values of them, use a package.
func (v sectionView) Uses(pkg string) bool {
	return slices.ContainsFunc(v.Keys, func(k keyView) bool {
		return strings.HasPrefix(k.Type, pkg+".") || strings.HasPrefix(k.Value, pkg+".")
	})
}

// NewSection renders a new section of the configuration: its type, its test, what goes into
// config.go and main.go, and its text in config.yaml.
func (s *Scaffold) NewSection(b blueprint.Blueprint, of blueprint.Section) (files, into []plan.File, text string, err error) {
	v := newSectionView(b, of)
	stem := of.Name.Package() + "config"
	files, err = renderAll(s.service, v, []output{
		{template: "section.go.tmpl", path: path.Join("app", stem+".go")},
		{template: "section_test.go.tmpl", path: stem + "_test.go"},
	})
	if err != nil {
		return nil, nil, "", err
	}
	into, err = renderAll(s.service, v, []output{{template: "section_config.go.tmpl", path: "config.go"}})
	if err != nil {
		return nil, nil, "", err
	}
	main, err := s.wiring(hookView{Module: b.Module, Lines: []string{"fx.Supply(c." + v.Section + ")"}})
	return files, append(into, main), sectionText(of, v), err
}

// Keys renders more keys of a section that there is: what goes into its type and its test,
// and the text of the section with these keys alone.
func (s *Scaffold) Keys(b blueprint.Blueprint, of blueprint.Section) (into []plan.File, text string, err error) {
	v := newSectionView(b, of)
	stem := of.Name.Package() + "config"
	into, err = renderAll(s.service, v, []output{
		{template: "section.go.tmpl", path: path.Join("app", stem+".go")},
		{template: "section_set.go.tmpl", path: stem + "_test.go"},
		{template: "section_want.go.tmpl", path: stem + "_test.go"},
	})
	return into, sectionText(of, v), err
}

// sectionText returns the text of a section in config.yaml.
func sectionText(of blueprint.Section, v sectionView) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s:\n", of.Name.Snake())
	for _, k := range v.Keys {
		line := fmt.Sprintf("  %s: %s", k.setting.Name.Snake(), yamlValue(k.setting))
		fmt.Fprintf(&t, "%-26s # %s\n", line, k.meaning())
	}
	return t.String()
}

// meaning returns what a key means or, if nobody has said so, what its value looks like.
func (k keyView) meaning() string {
	switch {
	case k.setting.Kind == "secret":
		return strings.TrimPrefix(k.Comment+"; or "+k.setting.Name.Snake()+"_file: the path of a file that contains it", "; ")
	case k.Comment != "":
		return k.Comment
	}
	return k.looksLike
}

var plainText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./@+-]*(?::[A-Za-z0-9_./@+-]+)*$`)

// yamlValue returns the default of a key in YAML.
func yamlValue(s blueprint.Setting) string {
	words := []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
	if s.Kind == "string" && (!plainText.MatchString(s.Default) || slices.Contains(words, strings.ToLower(s.Default))) || s.Kind == "secret" {
		return strconv.Quote(s.Default)
	}
	return s.Default
}
