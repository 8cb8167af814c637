package gosource_test

import (
	"fmt"
	"strings"
	"testing"
)

const checkedPort = `package ports

import (
	"context"

	"example.com/shop/domain/box"
)

// Boxes are served.
//
//outgrow:http /boxes
type Boxes interface {
	Create(ctx context.Context, b box.Box) (box.Box, error)
}
`

// checkedBox is a struct whose method Validate has the statements.
func checkedBox(statements string) map[string]string {
	return map[string]string{"ports/boxes.go": checkedPort, "domain/box/box.go": `package box

import (
	"math"
	"regexp"

	"example.com/shop/kit"
)

type Box struct {
	Name  string
	Label *string
	Tags  []string
	Count int32
	Kind  Kind
}

type Kind string

const most = 40

var (
	form    = regexp.MustCompile(` + "`^[a-z]{2}-[0-9]+$`" + `)
	goForm  = regexp.MustCompile(` + "`(?i)^[a-z]$`" + `)
	changed = form
)

var _ = math.MaxInt64

func (b Box) Validate() error {
	var v kit.Violations
	` + strings.ReplaceAll(strings.TrimSpace(statements), "; ", "\n\t") + `
	return v.Err("box")
}
`}
}

// TestRulesOfFields shows which rules are read from calls of kit.Violations, and that those which
// hold only sometimes are not.
func TestRulesOfFields(t *testing.T) {
	const line = `^[^\u0000-\u001f\u007f-\u009f]*$`
	for statements, want := range map[string]string{
		"": "",
		`v.Line("Name", b.Name); v.Text("Kind", string(b.Kind))`:             "Name 1-200 " + line + ", Kind 1-10000",
		`v.Length("Name", b.Name, 3, most*2)`:                                "Name 3-80",
		`v.Line("Name", b.Name); v.Length("Name", b.Name, 0, 40)`:            "Name 1-40 " + line,
		`v.Range("Count", int64(b.Count), 1, math.MaxInt64)`:                 "Count 1-",
		`v.Range("Count", int64(b.Count), -3, 0x10)`:                         "Count -3-16",
		`v.Match("Name", b.Name, form)`:                                      `Name - ^[a-z]{2}-[0-9]+$`,
		`v.Match("Name", b.Name, goForm)`:                                    "",
		`v.Match("Name", b.Name, changed)`:                                   "",
		`if b.Label != nil {; v.Length("Label", *b.Label, 1, 9); }`:          "Label 1-9",
		`for _, tag := range b.Tags {; v.Length("Tags", tag, 1, 9); }`:       "Tags 1-9",
		`if b.Count > 3 {; v.Length("Name", b.Name, 1, 9); }`:                "",
		`if b.Label != nil {; v.Length("Name", b.Name, 1, 9); }`:             "",
		`if b.Label == nil {; v.Length("Name", b.Name, 1, 9); }`:             "",
		`if b.Label != nil {; return nil; }; v.Length("Name", b.Name, 1, 9)`: "",
		`for range b.Tags {; break; }; v.Length("Name", b.Name, 1, 9)`:       "",
		`for i := range b.Tags {; v.Length("Tags", b.Tags[i], 1, 9); }`:      "",
		`v.Length("Name", string(b.Kind), 1, 9)`:                             "",
		`v.Length("Name", b.Name, 1, len(b.Tags))`:                           "",
		`var w kit.Violations; w.Length("Name", b.Name, 1, 9)`:               "",
		`v.Length("Name", b.Name+"x", 1, 9)`:                                 "",
	} {
		p, err := read(t, checkedBox(statements))
		if err != nil {
			t.Fatalf("%s: %v", statements, err)
		}
		var got []string
		for _, s := range p.Structs() {
			for _, f := range s.Fields {
				text := ""
				if f.Rules.Least != nil {
					text += fmt.Sprint(*f.Rules.Least)
				}
				if text += "-"; f.Rules.Most != nil {
					text += fmt.Sprint(*f.Rules.Most)
				}
				if text = strings.TrimSpace(text + " " + f.Rules.Pattern); s.Name.Name == "Box" && text != "-" {
					got = append(got, f.Name+" "+text)
				}
			}
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%s\nhas the rules %s\nwant           %s", statements, text, want)
		}
	}
}
