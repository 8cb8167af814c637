// Package kit is what a service and its adapters have in common: identifiers, errors,
// pages and events, which the domain may use, and the capability ports, such as
// [Transactor] and [Bus], which only ports and use cases may use. It imports only the
// standard library. Each package below it is named for its technology and its port.
package kit

// API1 is the version of the API that derived code uses. Every derived file mentions it,
// so that derived code does not compile with a kit of another version.
const API1 = 1
