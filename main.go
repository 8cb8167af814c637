// Outgrow starts Go services as ports and adapters.
package main

import (
	"context"
	"embed"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// files is what the command carries: the templates, and what the module files of
// projects are made from.
//
//go:generate go run ./scripts/modules
//go:embed all:templates/kit all:templates/service all:templates/project go.mod go.sum adapters/embedded/needs.json
var files embed.FS

func main() {
	debug.SetGCPercent(400) // a command ends soon: a third of the time of a check went into collecting
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who interrupts twice does not want to wait
	code := execute(ctx, files, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
