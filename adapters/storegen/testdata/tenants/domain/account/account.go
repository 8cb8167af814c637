// Package account defines what each tenant has of its own.
package account

import (
	"time"

	"example.com/shop/kit"
)

// TenantID is whose something is.
type TenantID string

// UserID is the ID of a user.
type UserID kit.UUID

// User is somebody who works for a tenant.
type User struct {
	ID     UserID
	Tenant TenantID //outgrow:tenant
	//outgrow:unique
	Email     string
	Boss      *UserID //outgrow:references User
	Version   int64
	CreatedAt time.Time
}

// Project is what users work on. It has no version.
type Project struct {
	ID kit.UUID
	//outgrow:tenant
	Organisation string
	//outgrow:references User
	Owner   UserID
	Country *string //outgrow:references Country
	Name    string
	Rank    int64
	Total   int64
	Tasks   []Task
}

// Task is a part of a project.
type Task struct{ Title string }

// Country is for all tenants.
type Country struct {
	Code string
	Name string
}

// Filter is what projects are found by.
type Filter struct {
	Name             *string
	TotalGreaterThan *int64
}

// Sort is an order of projects.
type Sort string

// The orders.
const (
	SortTotalDesc Sort = "-total"
	SortTotal     Sort = "total"
)

// Valid reports whether s is one of the orders.
func (s Sort) Valid() bool { return s == SortTotalDesc || s == SortTotal }

// Board is what a list with a table is in.
type Board struct {
	ID      kit.UUID
	Tenant  string //outgrow:tenant
	Name    string
	Cards   []Card
	Version int64
}

// Card is a row of a table of its own.
type Card struct {
	ID    kit.UUID
	Title string
}

// Code is what a tenant calls a part, and another one may call another.
type Code string

// Part is told apart by its code, among those of a tenant.
type Part struct {
	Tenant TenantID //outgrow:tenant
	Code   Code
	//outgrow:unique
	Name    string
	Within  *Code //outgrow:references Part
	Total   int64
	Cards   []Card
	Rows    []Row
	Version int64
}

// Row is a row of another table of parts.
type Row struct {
	ID     kit.UUID
	Amount int64
}

// PartFilter is what parts are found by.
type PartFilter struct {
	CodeIn           []Code
	TotalGreaterThan *int64
}

// Number is a number that a tenant has once.
type Number int64

// Invoice has a number of its tenant, and no version.
type Invoice struct {
	Number   Number
	Customer string //outgrow:tenant
	Part     Code   //outgrow:references Part
	Total    int64
}

// Serial is written as a text.
type Serial struct{ text string }

// NewSerial returns the serial with the text.
func NewSerial(text string) (Serial, error) { return Serial{text}, nil }

// String returns the text.
func (s Serial) String() string { return s.text }

// Device has a serial that its maker gave it.
type Device struct {
	Serial  Serial
	Maker   string  //outgrow:tenant
	Invoice *Number //outgrow:references Invoice
	Made    time.Time
	Version int64
}
