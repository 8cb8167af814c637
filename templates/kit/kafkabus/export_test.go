package kafkabus

// Through returns a config whose connections all lead to an address, whatever the brokers
// say theirs are.
func (c Config) Through(address string) Config {
	c.through = address
	return c
}
