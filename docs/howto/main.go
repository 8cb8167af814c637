// Command howto is the program whose code the pages in templates/kit/docs show.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/docs/howto/adapters/smtp"
	"github.com/outgrowkit/outgrow/docs/howto/app"
	"github.com/outgrowkit/outgrow/docs/howto/ports"
	"github.com/outgrowkit/outgrow/templates/kit/run"
)

//go:embed config.yaml
var defaults []byte

func main() { os.Exit(run.Main(program())) }

func program() run.Program[Config] {
	return run.Program[Config]{Name: "shop", Defaults: defaults, Wiring: wiring}
}

// wiring is what the service is made of.
func wiring(c Config) fx.Option {
	return fx.Options(
		derived(c.Derived),
		fx.Supply(c.Orders),
		fx.Provide(fx.Annotate(app.NewOrders, fx.As(new(ports.Orders)))),
		fx.Supply(c.API),
		run.Middleware(newAuthentication),
		run.Routes(mountTotals),
		run.Subscribe(app.NewReceipt),
		run.Subscribe(app.NewConfirmation),
		fx.Supply(c.Mail),
		fx.Provide(fx.Annotate(smtp.New, fx.As(fx.Self()), fx.As(new(ports.Mailer)))),
		run.Ready("mail", func(m *smtp.Mailer) func(context.Context) error { return m.Ping }),
		run.Metrics(func(m *smtp.Mailer) prometheus.Collector { return m.Sent }),
		run.Background("report", app.NewReport),
		run.Command(&cobra.Command{
			Use:   "total CUSTOMER",
			Short: "Print the total of a customer's orders",
			Args:  cobra.ExactArgs(1),
		}, newTotal),
	)
}

// newTotal returns the function that the command total runs.
func newTotal(orders ports.OrderStore) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		total, err := orders.TotalOf(ctx, args[0])
		if err == nil {
			fmt.Println(total)
		}
		return err
	}
}
