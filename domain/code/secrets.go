package code

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// secrets reports values that are secret, without printing them.
func (c *configuration) secrets(entries []Entry) {
	for _, e := range entries {
		secret := slices.ContainsFunc(c.keys, func(k Key) bool { return k.Secret && k.Path == e.Path })
		switch {
		case slices.Contains(absent, e.Value):
		case secret:
			c.report(e.Line, e.Column, "config-secret", fmt.Sprintf("the file contains the secret %s", e.Path),
				fmt.Sprintf("leave the value empty and set the environment variable %s, or set %[1]s_FILE to the path of a file with the secret", c.variable(e.Path)))
		case holdsPassword(e.Value):
			c.report(e.Line, e.Column, "config-secret", fmt.Sprintf("the value of %s contains a password", e.Path),
				fmt.Sprintf("leave the password out, and set the environment variable %s to the whole value", c.variable(e.Path)))
		}
	}
}

// absent are the ways to write an empty value in YAML.
var absent = []string{"", "~", "null"}

// variable returns the name of the environment variable that sets a key.
func (c *configuration) variable(path string) string {
	name := strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
	if c.prefix == "" {
		return "whose name ends with _" + name
	}
	return c.prefix + "_" + name
}

// passwords match addresses that contain passwords.
var passwords = []*regexp.Regexp{
	regexp.MustCompile(`://[^/?#\s@:]*:[^/?#\s@]+@`),                       // postgres://user:password@host
	regexp.MustCompile(`^[^/\s@:]*:[^\s@]+@[a-z]*\(`),                      // user:password@tcp(host)/database
	regexp.MustCompile(`(?i)(?:^|[\s;?&])(?:password|passwd|pwd)=[^\s;&]`), // host=h password=p
}

func holdsPassword(value string) bool {
	return slices.ContainsFunc(passwords, func(form *regexp.Regexp) bool { return form.MatchString(value) })
}
