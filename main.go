// Outgrow scaffolds Go services as ports and adapters.
package main

import (
	"context"
	"embed"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// files are embedded in the command: the templates, and the sources of the projects'
// go.mod and go.sum.
//
//go:generate go run ./scripts/modules
//go:embed all:templates/kit all:templates/service all:templates/port all:templates/project go.mod go.sum adapters/embedded/needs.json
var files embed.FS

func main() {
	debug.SetGCPercent(400) // a command is short-lived: a third of the time of a check was garbage collection
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	code := execute(ctx, files, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
