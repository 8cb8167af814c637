// Package folderblobs keeps blobs in a folder. Any number of processes of one project may
// use it at the same time, on this machine or where locks of files reach others.
//
// A blob is one file below the folder blobs: its content, and after that what describes it.
// Its name has a letter before each part, b- for that of a blob and d- for that of a folder,
// and = before each capital. What is being put is in tmp.
package folderblobs

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// Config says where the folder is. Zero values stand for the defaults.
type Config struct {
	Path    string     // data/blobs
	LinkURL string     // before the names in links: a path of the service, or a URL that leads there; /blobs
	LinkKey kit.Secret // that links are signed with; one that the folder keeps
}

func (c Config) filled() Config {
	c.Path = cmp.Or(c.Path, "data/blobs")
	c.LinkURL = strings.TrimSuffix(cmp.Or(c.LinkURL, "/blobs"), "/")
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	at, err := url.Parse(c.filled().LinkURL)
	if err != nil || !linkPath.MatchString(at.Path) || at.RawQuery != "" || at.Fragment != "" || (at.Scheme != "") != (at.Host != "") {
		report("LinkURL", "must be a path such as /blobs, or a URL with one, such as https://shop.example.com/blobs")
	}
	if n := len(c.LinkKey.Reveal()); n > 0 && n < minKey {
		report("LinkKey", "must have at least 32 bytes, or none")
	}
}

// KeyOf returns which key of the section leads to an error.
func (Config) KeyOf(err error) string { return cmp.Or(keyed.Of(err), "path") }
