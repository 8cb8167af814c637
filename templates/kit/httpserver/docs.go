package httpserver

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle string

var docsTemplate = template.Must(template.New("docs").Parse(docsPage))

// docsPolicy lets the page use its own style and nothing else.
var docsPolicy = func() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}()

// docs is the page that explains the document to people.
type docs struct {
	manual *manual
}

func newDocs(d Deps) (*docs, error) {
	document, err := readOrdered(d.OpenAPI)
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "the OpenAPI document cannot be read")
	}
	o, ok := document.(object)
	if !ok {
		return nil, kit.Errorf(kit.Invalid, "the OpenAPI document is no object")
	}
	m := newManual(o)
	if m.Title == "" {
		m.Title = d.Name
	}
	if d.Version != "" {
		m.Version = d.Version
	}
	return &docs{manual: m}, nil
}

// render writes the page, whose examples call the service at base.
func (d *docs) render(base string) ([]byte, error) {
	var b bytes.Buffer
	err := docsTemplate.Execute(&b, struct {
		*manual
		Base  string
		Style template.CSS
	}{d.manual, base, template.CSS(docsStyle)}) //nolint:gosec // the style is a file beside this one
	return b.Bytes(), err
}

// ServeHTTP sends the page.
func (d *docs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := d.render(baseOf(r))
	if err != nil { // the template is tried with every kind of document
		panic(err)
	}
	h := w.Header()
	h["Content-Type"] = contentTypeHTML
	h.Set("Content-Security-Policy", docsPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(page) // the client may be gone
}

// baseOf returns where the reader has reached the service, for examples that
// can be copied into a shell.
func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	host := r.Host
	const harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-[]"
	if host == "" || strings.Trim(host, harmless) != "" {
		host = "localhost"
	}
	return scheme + "://" + host
}
