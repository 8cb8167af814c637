package httpjson

import "encoding/json"

const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

func renderDocs(d Deps) ([]byte, error) {
	var v any
	return d.OpenAPI, json.Unmarshal(d.OpenAPI, &v)
}
