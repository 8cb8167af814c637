package folderblobs

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// minKey is how long a key is at least, in bytes.
const minKey = 32

var linkPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)

// Link returns a URL with when it expires and a signature: see blobs.Driver. Names need no
// escape in one.
func (f *Folder) Link(_ context.Context, method, name string, expires time.Duration) (string, error) {
	p, err := f.open(true)
	if err != nil {
		return "", err
	}
	until := strconv.FormatInt(time.Now().Add(expires).Unix(), 10)
	return f.config.LinkURL + "/" + name + "?expires=" + until + "&signature=" + f.sign(p, method, name, until), nil
}

// sign returns what only who knows the key can.
func (f *Folder) sign(p *place, method, name, until string) string {
	mac := hmac.New(sha256.New, []byte(cmp.Or(f.config.LinkKey.Reveal(), p.id.LinkKey)))
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s\n%s", p.id.Project, method, name, until)
	return hex.EncodeToString(mac.Sum(nil))
}

// LinkPath returns the path before the names in links: see blobs.Linked.
func (f *Folder) LinkPath() string {
	at, _ := url.Parse(f.config.LinkURL) // Check has parsed it
	return at.Path
}

// Verify returns nil if a link is valid: see blobs.Linked.
func (f *Folder) Verify(method, name, query string) error {
	invalid := kit.Errorf(kit.Unauthorized, "the link is not valid, or has expired")
	values, err := url.ParseQuery(query)
	if err != nil {
		return invalid
	}
	p, err := f.open(false)
	if err != nil {
		return err
	}
	until := values.Get("expires")
	at, err := strconv.ParseInt(until, 10, 64)
	if err != nil || p == nil || time.Now().Unix() >= at {
		return invalid
	}
	if !hmac.Equal([]byte(f.sign(p, method, name, until)), []byte(values.Get("signature"))) {
		return invalid
	}
	return nil
}
