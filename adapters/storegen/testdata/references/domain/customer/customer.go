// Package customer says who buys, and where.
package customer

import "example.com/shop/kit"

// ID is the ID of a customer.
type ID kit.UUID

// CountryCode is what a country is called in short.
type CountryCode string

// Country has regions.
type Country struct {
	Code CountryCode
	Name string
}

// Region is where customers are.
type Region struct {
	ID      kit.UUID
	Name    string      //outgrow:unique
	Country CountryCode //outgrow:references Country
}

// Customer is one who buys.
type Customer struct {
	ID ID
	//outgrow:references Region
	Region   kit.UUID
	Email    string  //outgrow:unique
	Passport *string //outgrow:references Country
	Version  int64
}

// Agent is one who sells.
type Agent struct {
	ID     kit.UUID
	Region *kit.UUID //outgrow:references customer.Region
	// Latest is the order that the agent has sold last.
	//
	//outgrow:references order.Order
	Latest *kit.UUID
}
