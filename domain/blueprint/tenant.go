package blueprint

import "slices"

// tenant is the base type of the field that says of which tenant an entity is.
const tenant = "tenant"

// Tenant returns the field that says of which tenant an entity is, if there are tenants.
func (s Service) Tenant() (f Field, ok bool) {
	i := slices.IndexFunc(s.Fields, isTenant)
	if i < 0 {
		return Field{}, false
	}
	return s.Fields[i], true
}

// Details returns the fields that clients set: all but that of the tenant.
func (s Service) Details() []Field { return slices.DeleteFunc(slices.Clone(s.Fields), isTenant) }

func isTenant(f Field) bool { return f.Type.Base == tenant }
