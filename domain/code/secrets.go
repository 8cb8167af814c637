package code

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// secrets reports values that are secret. It never says what they are.
func (c *configuration) secrets(entries []Entry) {
	for _, e := range entries {
		secret := slices.ContainsFunc(c.keys, func(k Key) bool { return k.Secret && k.Path == e.Path })
		switch {
		case slices.Contains(absent, e.Value):
		case secret:
			c.report(e.Line, e.Column, "config-secret", fmt.Sprintf("the secret %s is written into the file", e.Path),
				fmt.Sprintf("keep it in a variable or a file: leave the value empty, and set %s, or set %[1]s_FILE to the path of a file that holds it", c.variable(e.Path)))
		case holdsPassword(e.Value):
			c.report(e.Line, e.Column, "config-secret", fmt.Sprintf("the value of %s holds a password", e.Path),
				fmt.Sprintf("keep it in a variable: leave the password out, and set %s to the whole value", c.variable(e.Path)))
		}
	}
}

// absent is how YAML writes that there is no value.
var absent = []string{"", "~", "null"}

// variable returns the name of the variable that sets a key.
func (c *configuration) variable(path string) string {
	name := strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
	if c.prefix == "" {
		return "the variable whose name ends with _" + name
	}
	return c.prefix + "_" + name
}

// passwords are the forms of addresses with passwords in them.
var passwords = []*regexp.Regexp{
	regexp.MustCompile(`://[^/?#\s@:]*:[^/?#\s@]+@`),                       // postgres://user:password@host
	regexp.MustCompile(`^[^/\s@:]*:[^\s@]+@[a-z]*\(`),                      // user:password@tcp(host)/database
	regexp.MustCompile(`(?i)(?:^|[\s;?&])(?:password|passwd|pwd)=[^\s;&]`), // host=h password=p
}

func holdsPassword(value string) bool {
	return slices.ContainsFunc(passwords, func(form *regexp.Regexp) bool { return form.MatchString(value) })
}
