// Package derived holds the templates of what is derived from a project's plain
// Go.
package derived

import "embed"

// Files are the templates, in a folder for each adapter.
//
//go:embed */*.tmpl
var Files embed.FS
