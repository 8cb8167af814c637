package main

import (
	"github.com/outgrowkit/outgrow/docs/howto/adapters/smtp"
	"github.com/outgrowkit/outgrow/docs/howto/app"
	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config is all that can be configured.
type Config struct {
	Derived
	Orders app.OrdersConfig
	API    APIConfig
	Mail   smtp.Config
}

// APIConfig says who may call the service.
type APIConfig struct {
	Token kit.Secret
}
