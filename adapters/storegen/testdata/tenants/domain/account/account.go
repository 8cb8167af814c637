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
