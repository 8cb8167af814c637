// Command workouts serves the hours of a trainer, trainings and users.
package main

import (
	_ "embed"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"example.com/workouts/app"
	"example.com/workouts/kit/run"
	"example.com/workouts/ports"
)

// defaults is config.yaml, built into the program. It has the default of every key.
//
//go:embed config.yaml
var defaults []byte

// version is set by the linker: go build -ldflags "-X main.version=1.2.3".
var version string

func main() {
	os.Exit(run.Main(run.Program[Config]{Name: "workouts", Version: version, Defaults: defaults, Wiring: wiring}))
}

// wiring provides the parts of the service. The command that runs decides which of them
// are constructed. See kit/docs for what else can be added here.
func wiring(c Config) fx.Option {
	return fx.Options(
		derived(c.Derived),
		fx.Provide(
			fx.Annotate(app.NewHours, fx.As(new(ports.Hours))),
			fx.Annotate(app.NewTrainings, fx.As(new(ports.Trainings))),
			fx.Annotate(app.NewUsers, fx.As(fx.Self()), fx.As(new(ports.Users))),
		),
		fx.Supply(c.Hours),
		run.Command(&cobra.Command{Use: "credit ID NAME TRAININGS", Short: "Add trainings to an attendee's balance", Args: cobra.ExactArgs(3)}, newCredit),
	)
}
