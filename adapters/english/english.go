// Package english knows the plurals and initialisms of English, using gobuffalo/flect.
package english

import (
	"strings"

	"github.com/gobuffalo/flect"
)

// English is name.Language for English.
type English struct{}

// initialisms are those of Go's style guide.
var initialisms = map[string]bool{
	"acl": true, "api": true, "ascii": true, "cpu": true, "css": true, "dns": true, "eof": true, "guid": true,
	"html": true, "http": true, "https": true, "id": true, "ip": true, "json": true, "qps": true, "ram": true,
	"rpc": true, "sla": true, "smtp": true, "sql": true, "ssh": true, "tcp": true, "tls": true, "ttl": true,
	"udp": true, "ui": true, "uid": true, "uuid": true, "uri": true, "url": true, "utf8": true, "vm": true,
	"xml": true, "xmpp": true, "xsrf": true, "xss": true,
}

// Plural returns the plural of a word in lower case.
func (English) Plural(word string) string {
	plural := flect.Pluralize(word)
	if strings.ToLower(plural) != plural {
		return word + "s" // flect wrongly treats it as an initialism
	}
	return plural
}

// Initialism reports whether Go writes the word in capitals.
func (English) Initialism(word string) bool { return initialisms[word] }
